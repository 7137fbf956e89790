import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { createContactAccess } from './contacts/contact-access.ts'
import { createContactRoutes } from './contacts/contact-routes.ts'
import { createContactService } from './contacts/contact-service.ts'
import { createConversationRoutes } from './conversations/conversation-routes.ts'
import { createConversationService } from './conversations/conversation-service.ts'
import { createTimelineRoutes } from './conversations/timeline-routes.ts'
import { createTimelineService } from './conversations/timeline-service.ts'
import { isCrmAddress } from './crm-origins.ts'
import { createHealthRoutes } from './health-routes.ts'
import { withinBudget } from './highlevel/call-budget.ts'
import { createContactsApi } from './highlevel/contacts-api.ts'
import { createConversationsApi } from './highlevel/conversations-api.ts'
import { createLocationsApi } from './highlevel/locations-api.ts'
import { createMarketplaceApi } from './highlevel/marketplace-api.ts'
import { createOAuthApi } from './highlevel/oauth-api.ts'
import { createPhoneNumbersApi } from './highlevel/phone-numbers-api.ts'
import { createHighLevelClient } from './highlevel/platform-client.ts'
import { createPlatformHttp, type PlatformHttp } from './highlevel/platform-http.ts'
import { createUsersApi } from './highlevel/users-api.ts'
import { createCipher } from './installations/cipher.ts'
import { createInstallEvents } from './installations/install-events.ts'
import { createInstallationRepository } from './installations/installation-repository.ts'
import { createInstallationRoutes } from './installations/installation-routes.ts'
import { createInstallationService } from './installations/installation-service.ts'
import { createLocationMinting } from './installations/location-minting.ts'
import { createLocationProfiles } from './installations/location-profile.ts'
import { createOAuthRoutes } from './installations/oauth-routes.ts'
import { createOAuthStateRepository } from './installations/oauth-state-repository.ts'
import { createOAuthState } from './installations/oauth-state.ts'
import { authorizeLink, missingScopes } from './installations/scopes.ts'
import { createPendingInstallRepository } from './installations/pending-install-repository.ts'
import { createTokenSealer } from './installations/token-sealer.ts'
import { createTokenVault } from './installations/token-vault.ts'
import { createJobHandlers } from './job-handlers.ts'
import { createJobQueue, type JobQueue } from './jobs/job-queue.ts'
import { createLocationRoutes } from './locations/location-routes.ts'
import { createLocationService } from './locations/location-service.ts'
import type { Logger } from './logger.ts'
import { createMessageRepository } from './messages/message-repository.ts'
import { createMessageRoutes } from './messages/message-routes.ts'
import { createMessageService } from './messages/message-service.ts'
import { createNoteRoutes } from './notes/note-routes.ts'
import { createNoteService } from './notes/note-service.ts'
import { createPageRoutes } from './page-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { createAuthenticate } from './session/authenticate.ts'
import { createSessionRoutes } from './session/session-routes.ts'
import { createSessionService } from './session/session-service.ts'
import { createSessionTokens } from './session/session-token.ts'
import { createUserAccess } from './session/user-access.ts'
import type { Database } from './storage/database.ts'
import { createTagRoutes } from './tags/tag-routes.ts'
import { createTagService } from './tags/tag-service.ts'
import { createTaskRoutes } from './tasks/task-routes.ts'
import { createTaskService } from './tasks/task-service.ts'
import { createWebhookHandler } from './webhook-handlers.ts'
import { createWebhookRepository } from './webhooks/webhook-repository.ts'
import { createWebhookRoutes } from './webhooks/webhook-routes.ts'
import { createSignatureCheck } from './webhooks/webhook-signature.ts'
import { createWrapUpRepository } from './wrap-up/wrap-up-repository.ts'
import { createWrapUpRoutes } from './wrap-up/wrap-up-routes.ts'
import { createWrapUpService } from './wrap-up/wrap-up-service.ts'

export type Surroundings = {
  config: Config
  database: Database
  logger: Logger
  /** Wall clock, epoch ms. */
  now: () => number
  /** Folder of the built page. */
  clientDir: string
}

export type Application = {
  app: ReturnType<typeof createApp>
  /** Opens the queue and starts to work on jobs; the app may serve from then on. */
  start(): Promise<void>
  /** Takes no more jobs and waits for those that run; requests may still be under way. */
  drain(): Promise<void>
  /** Once nothing is under way any more. */
  close(): Promise<void>
}

/** Builds every object once and hands each what it needs; the only file that sees all modules. */
export function composeApplication(surroundings: Surroundings): Application {
  const { config, database, logger, now } = surroundings
  const http = createPlatformHttp({ baseUrl: config.apiDomain })
  const jobs = createJobQueue({ connectionOptions: database.connectionOptions, logger })
  const webhookRepository = createWebhookRepository({ db: database.db })
  const connection = composeConnection(surroundings, http, jobs)
  const { installations, minting, installEvents, platform } = connection
  const session = composeSession(surroundings, connection)

  const app = createApp({
    logger,
    securityHeaders: securityHeaders({
      secure: config.publicUrl.startsWith('https:'),
      frameAncestors: config.frameAncestors,
      ancestorsOf: installations.frameAncestorsOf,
    }),
    authenticate: createAuthenticate({ service: session }),
    healthRoutes: createHealthRoutes(database),
    webhookRoutes: createWebhookRoutes({
      isSigned: createSignatureCheck({ ed25519: config.webhookEd25519Keys, rsa: config.webhookRsaKey }),
      repository: webhookRepository,
      queueEvent: (eventId, transaction) => jobs.send('process-webhook', { eventId }, transaction),
      appId: config.appId,
      now,
    }),
    oauthRoutes: createOAuthRoutes({
      state: createOAuthState({
        secrets: config.sessionSecrets,
        store: createOAuthStateRepository({ db: database.db, now }),
        now,
      }),
      service: installations,
      authorizeLink: (state) => authorizeLink(config, state),
      isCrmAddress: (address) => isCrmAddress(address, config.frameAncestors),
      logger,
    }),
    sessionRoutes: createSessionRoutes({ service: session }),
    installationRoutes: createInstallationRoutes({ service: installations }),
    ...composeContactDomain(surroundings, platform),
    pageRoutes: createPageRoutes(surroundings),
  })

  return {
    app,
    async start() {
      await jobs.open()
      await jobs.work(
        createJobHandlers({
          webhookRepository,
          handleWebhook: createWebhookHandler({ installs: installEvents }),
          minting,
          now,
        }),
      )
    },
    drain: () => jobs.stop(),
    close: () => http.close(),
  }
}

type Connection = ReturnType<typeof composeConnection>
type Platform = Connection['platform']

/** Installations, their tokens, and the platform's API in their name. */
function composeConnection(
  { config, database, logger, now }: Surroundings,
  http: PlatformHttp,
  jobs: JobQueue,
) {
  const installUrl = `${config.publicUrl}/oauth/install`
  const oauth = createOAuthApi({ ...config, http, installUrl })
  const repository = createInstallationRepository({ db: database.db })
  const pending = createPendingInstallRepository({ db: database.db })
  const sealer = createTokenSealer({ cipher: createCipher(config.encryptionKeys), installUrl, now })
  const vault = createTokenVault({ repository, sealer, oauth, installUrl, now, random: Math.random })
  const client = createHighLevelClient({ http, tokens: vault, installUrl })
  const platform = {
    contacts: createContactsApi(client),
    conversations: createConversationsApi(client),
    locations: createLocationsApi(client),
    users: createUsersApi(client),
    phoneNumbers: createPhoneNumbersApi(client),
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
  return { installUrl, repository, platform, profiles, minting, installations, installEvents }
}

/** Who asks, and what they may do. */
function composeSession({ config, now }: Surroundings, connection: Connection) {
  const { installUrl, repository, platform, profiles, installations } = connection
  return createSessionService({
    ssoKeys: config.ssoKeys,
    tokens: createSessionTokens({ secrets: config.sessionSecrets, issuer: config.publicUrl, now }),
    userAccess: createUserAccess({
      users: platform.users,
      hasCompanyToken: async (companyId) =>
        (await repository.find({ kind: 'company', companyId }))?.status === 'active',
      now,
    }),
    requireActive: installations.requireActive,
    profileOf: profiles.of,
    missingScopes,
    installUrl,
  })
}

/** Everything about a contact: what the page shows and does. */
function composeContactDomain({ database: { db }, logger, now }: Surroundings, platform: Platform) {
  const access = createContactAccess({ contacts: platform.contacts, now })
  const pause = (ms: number) => withinBudget(new Promise<void>((resolve) => setTimeout(resolve, ms)))
  const contactService = createContactService({ contacts: platform.contacts, access })
  const tagService = createTagService({ contacts: platform.contacts, access })
  const taskService = createTaskService({ contacts: platform.contacts, access })
  const noteService = createNoteService({ contacts: platform.contacts, access, now })
  const messageService = createMessageService({
    conversations: platform.conversations,
    messageRepository: createMessageRepository({ db, now }),
    access,
    now,
    pause,
    logger,
  })
  const wrapUpService = createWrapUpService({
    access,
    messageService,
    tagService,
    taskService,
    noteService,
    wrapUpRepository: createWrapUpRepository({ db, now }),
    now,
    pause,
    logger,
  })
  const conversationService = createConversationService({
    conversations: platform.conversations,
    listContacts: contactService.list,
  })
  return {
    locationRoutes: createLocationRoutes({ locationService: createLocationService(platform) }),
    conversationRoutes: createConversationRoutes({ conversationService }),
    contactRoutes: [
      createContactRoutes({ contactService }),
      createTimelineRoutes({
        timelineService: createTimelineService({ ...platform, access }),
      }),
      createMessageRoutes({ messageService }),
      createTagRoutes({ tagService }),
      createTaskRoutes({ taskService }),
      createNoteRoutes({ noteService }),
      createWrapUpRoutes({ wrapUpService }),
    ],
  }
}
