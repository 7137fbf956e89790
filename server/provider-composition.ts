import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Audited } from './audit/audit-log.ts'
import { createCipher } from './installations/cipher.ts'
import { createTaskLimit } from './installations/task-limit.ts'
import { createAdapterFactory } from './providers/adapter-factory.ts'
import { createConnectionLockRepository } from './providers/connection-lock-repository.ts'
import { createConnectionSetup } from './providers/connection-setup.ts'
import { createConnectionWebhooks } from './providers/connection-webhooks.ts'
import { createCredentialSealer } from './providers/credential-sealer.ts'
import { createCredentialUpkeepRepository } from './providers/credential-upkeep-repository.ts'
import { createCredentialUpkeep } from './providers/credential-upkeep.ts'
import { createOptOutRepository } from './providers/opt-out-repository.ts'
import { createProviderActivityRepository } from './providers/provider-activity-repository.ts'
import {
  createProviderConnectionRepository,
  providerChannel,
} from './providers/provider-connection-repository.ts'
import { createProviderConnectionService } from './providers/provider-connection-service.ts'
import { createProviderRoutes } from './providers/provider-routes.ts'
import { createTestMessages } from './providers/test-message.ts'
import { createTextCarriage } from './providers/text-carriage.ts'
import { createUninstallTakedown } from './providers/uninstall-takedown.ts'
import { createWebhookAddress } from './providers/webhook-address.ts'
import type { Surroundings } from './surroundings.ts'

/** Each holds a database connection for as long as the other system takes to answer. */
const parallelConnects = 2
const parallelTakeDowns = 8
const int32Max = 2 ** 31 - 1

export type ProviderStore = ReturnType<typeof composeProviderStore>

/** The stored connections to other systems, and what is remembered of them. */
export function composeProviderStore({ config, database: { db, notifications }, now }: Surroundings) {
  const carriage = createTextCarriage({
    read: {
      chosen: (locationId) => connections.chosen(locationId),
      find: (locationId, carrier) => connections.find(locationId, carrier),
    },
  })
  const connections = createProviderConnectionRepository({ db, now, changed: carriage.forget })
  const sealer = createCredentialSealer({ cipher: createCipher(config.encryptionKeys), now })
  const upkeep = createCredentialUpkeep({
    repository: createCredentialUpkeepRepository({ db, now }),
    sealer,
    forgetLocation: (locationId) => connections.forgetLocation(locationId),
  })
  const adapters = createAdapterFactory({
    heymarketUrl: config.heymarketUrl,
    bulksmsUrl: config.bulksmsUrl,
    sealer,
    now,
    random: Math.random,
  })
  return {
    connections,
    sealer,
    adapters,
    carriageOf: carriage.of,
    resealCredentials: upkeep.pass,
    forgetLocation: connections.forgetLocation,
    async start(): Promise<void> {
      await notifications.listen(providerChannel, {
        notified: carriage.forget,
        resumed: carriage.forgetAll,
      })
    },
  }
}

/** Connecting other systems that carry texts. */
export function composeProviders(
  { config, database: { db }, logger, now }: Surroundings,
  parts: { store: ProviderStore; audited: Audited },
) {
  const { store, audited } = parts
  const { connections, sealer, adapters } = store
  const webhookAddress = createWebhookAddress({ publicUrl: config.publicUrl, sealer })
  const optOuts = createOptOutRepository({ db })
  const lock = createConnectionLockRepository({ db, limited: createTaskLimit(parallelConnects) })
  const webhooks = createConnectionWebhooks({ repository: connections, adapters, webhookAddress, logger })
  const setup = createConnectionSetup({
    repository: connections,
    withLock: lock.withLock,
    adapters,
    sealer,
    webhooks,
    newId: randomUUID,
    newSecret: () => randomBytes(32).toString('base64url'),
    now,
  })
  const service = createProviderConnectionService({
    repository: connections,
    activity: createProviderActivityRepository({ db }),
    adapters,
    setup,
    webhookAddress,
    now,
  })
  const testMessages = createTestMessages({
    repository: connections,
    required: service.required,
    adapters,
    isOptedOut: async (locationId, phone) => (await optOuts.find(locationId, phone))?.isOptedOut ?? false,
    newDedupe: () => ({ text: randomUUID(), number: randomInt(1, int32Max) }),
  })
  return {
    providerRoutes: createProviderRoutes({ service, testMessages, audited }),
    aroundUninstall: createUninstallTakedown({
      repository: connections,
      takeDown: webhooks.takeDown,
      limited: createTaskLimit(parallelTakeDowns),
    }),
  }
}
