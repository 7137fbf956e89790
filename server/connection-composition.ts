import { inTime } from './bounded-call.ts'
import type { EventRepository } from './events/event-repository.ts'
import { createContactsApi } from './highlevel/contacts-api.ts'
import { createConversationsApi } from './highlevel/conversations-api.ts'
import { createLocationTasksApi } from './highlevel/location-tasks-api.ts'
import { createLocationsApi } from './highlevel/locations-api.ts'
import { createMarketplaceApi } from './highlevel/marketplace-api.ts'
import { createOAuthApi } from './highlevel/oauth-api.ts'
import { createPhoneNumbersApi } from './highlevel/phone-numbers-api.ts'
import { createHighLevelClient } from './highlevel/platform-client.ts'
import { type PlatformHttp } from './highlevel/platform-http.ts'
import { createUsersApi } from './highlevel/users-api.ts'
import { createCipher } from './installations/cipher.ts'
import { createInstallEvents } from './installations/install-events.ts'
import { createInstallationCache } from './installations/installation-cache.ts'
import { createInstallationPriming } from './installations/installation-priming.ts'
import { createInstallationRepository, installationChannel } from './installations/installation-repository.ts'
import { createInstallationService } from './installations/installation-service.ts'
import { createInstallationUpkeep } from './installations/installation-upkeep.ts'
import { createInstallationWatch } from './installations/installation-watch.ts'
import { createLocationMinting } from './installations/location-minting.ts'
import { createLocationProfiles } from './installations/location-profile.ts'
import { createPendingInstallRepository } from './installations/pending-install-repository.ts'
import { createTokenSealer } from './installations/token-sealer.ts'
import { createTokenVault } from './installations/token-vault.ts'
import { createUpkeepRepository } from './installations/upkeep-repository.ts'
import { type JobQueue } from './jobs/job-queue.ts'
import type { Metrics } from './metrics.ts'
import type { ProviderStore } from './provider-composition.ts'
import type { Surroundings } from './surroundings.ts'

export type Connection = ReturnType<typeof composeConnection>
export type Platform = Connection['platform']

/** Of a refresh that takes longer, its mark tells whoever starts next. */
const drainWithinMs = 8_000

/** Installations, their tokens, and the platform's API in their name. */
export function composeConnection(
  { config, database, logger, now }: Surroundings,
  parts: {
    http: PlatformHttp
    jobs: JobQueue
    metrics: Metrics | undefined
    events: Pick<EventRepository, 'append'>
    providers: Pick<ProviderStore, 'resealCredentials' | 'forgetLocation'>
  },
) {
  const { http, jobs, metrics, events, providers } = parts
  const installUrl = `${config.publicUrl}/oauth/install`
  const oauth = createOAuthApi({ ...config, http, installUrl })
  const cache = createInstallationCache()
  const repository = createInstallationRepository({
    db: database.db,
    cache,
    statusChanged: async ({ id, locationId, status, at }, transaction) => {
      if (status === 'uninstalled') await providers.forgetLocation(locationId, transaction)
      await events.append(
        locationId,
        { type: 'installation', contactId: null, at: at.toISOString() },
        `installation:${id}:${status}:${at.getTime()}`,
        transaction,
      )
    },
  })
  const pending = createPendingInstallRepository({ db: database.db })
  const sealer = createTokenSealer({ cipher: createCipher(config.encryptionKeys), installUrl, now })
  const vault = createTokenVault({
    repository,
    sealer,
    oauth,
    installUrl,
    logger,
    now,
    ...(metrics ? { observe: metrics.tokenRefreshed } : {}),
  })
  const client = createHighLevelClient({ http, tokens: vault, installUrl })
  const platform = {
    contacts: createContactsApi(client),
    conversations: createConversationsApi(client),
    locations: createLocationsApi(client),
    users: createUsersApi(client),
    phoneNumbers: createPhoneNumbersApi(client),
    locationTasks: createLocationTasksApi(client),
  }
  const profiles = createLocationProfiles({ repository, locations: platform.locations, now })
  const minting = createLocationMinting({
    repository,
    pending,
    sealer,
    oauth,
    vault,
    queueMint: (request) => jobs.send('mint-location', request),
    queueCompany: (companyId) => jobs.send('install-locations', { companyId }),
    logger,
    now,
  })
  const installations = createInstallationService({
    repository,
    pending,
    sealer,
    oauth,
    marketplace: createMarketplaceApi(client, config),
    vault,
    minting,
    profiles,
    installUrl,
    now,
  })
  const installEvents = createInstallEvents({ repository, pending, minting })
  const upkeep = createInstallationUpkeep({
    repository: createUpkeepRepository({ db: database.db, cache }),
    vault,
    sealer,
    resealOthers: providers.resealCredentials,
    logger,
    now,
  })
  const priming = createInstallationPriming({ repository, profiles, logger })
  const watch = createInstallationWatch({ upkeep, logger, now })

  return {
    installUrl,
    repository,
    platform,
    profiles,
    minting,
    installations,
    installEvents,
    upkeep,
    prime: priming.run,
    async start(): Promise<void> {
      await database.notifications.listen(installationChannel, {
        notified: cache.forget,
        resumed: cache.forgetAll,
      })
      watch.start()
    },
    /** Begun refreshes are ended: a pair that was handed out is stored. */
    async drain(): Promise<void> {
      priming.stop()
      const ended = watch.stop().then(vault.idle)
      await inTime(ended, drainWithinMs).catch((error: unknown) =>
        logger.warn({ err: error }, 'refreshes that were under way are left to the next process'),
      )
    },
  }
}
