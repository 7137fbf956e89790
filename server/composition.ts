import { createApp } from './app.ts'
import { createContactAccess } from './contacts/contact-access.ts'
import { isCrmAddress } from './crm-origins.ts'
import { createEventRepository } from './events/event-repository.ts'
import { createFailedJobRoutes } from './failed-jobs/failed-job-routes.ts'
import { createPaceRepository } from './highlevel/pace-repository.ts'
import { createPlatformHttp } from './highlevel/platform-http.ts'
import { createInstallationRoutes } from './installations/installation-routes.ts'
import { createOAuthRoutes } from './installations/oauth-routes.ts'
import { createOAuthStateRepository } from './installations/oauth-state-repository.ts'
import { createOAuthState } from './installations/oauth-state.ts'
import { authorizeLink } from './installations/scopes.ts'
import { createJobHandlers } from './job-handlers.ts'
import { createJobQueue, type JobQueue } from './jobs/job-queue.ts'
import type { Metrics } from './metrics.ts'
import { createPageRoutes } from './page-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { createAuthenticate } from './session/authenticate.ts'
import { createSessionRoutes } from './session/session-routes.ts'
import { createConcernCheck, createWebhookHandler } from './webhook-handlers.ts'
import { createWebhookRepository } from './webhooks/webhook-repository.ts'
import { createWebhookRoutes } from './webhooks/webhook-routes.ts'
import { createSignatureCheck } from './webhooks/webhook-signature.ts'
import { composeAutomations } from './automation-composition.ts'
import { composeCarriers } from './carrier-composition.ts'
import { composeConnection } from './connection-composition.ts'
import { composeContactDomain } from './contact-composition.ts'
import { composeLive } from './live-composition.ts'
import { composeOperations } from './operations-composition.ts'
import { composeProviders, composeProviderStore } from './provider-composition.ts'
import { composeSession } from './session-composition.ts'
import { composeSync } from './sync-composition.ts'
import { composeWebhooks } from './webhook-composition.ts'
import type { Surroundings } from './surroundings.ts'

export type Application = {
  app: ReturnType<typeof createApp>
  /** Where METRICS_PORT is set. */
  metrics: Metrics | undefined
  /** Opens the queue and starts to work on jobs; the app may serve from then on. */
  start(): Promise<void>
  /** Queues work from outside of requests. */
  send: JobQueue['send']
  /** Holds connections to the platform open from now on, so that no click has to wait for one; resolves once they are. */
  keepWarm(): Promise<void>
  /** Once started: makes ready the locations that were refreshed last, tokens included. */
  prime(): Promise<void>
  /** Takes no more jobs and waits for those that run; requests may still be under way. */
  drain(): Promise<void>
  /** Once nothing is under way any more. */
  close(): Promise<void>
}

/** A text whose answer was lost may take a moment to show in its thread. */
const settleAfterSeconds = 3

/** Builds every object once and hands each what it needs; the only file that sees all modules. */
export function composeApplication(surroundings: Surroundings): Application {
  const { config, database, logger, now } = surroundings
  const operations = composeOperations(surroundings)
  const { metrics, rateLimits } = operations
  const http = createPlatformHttp({
    baseUrl: config.apiDomain,
    paceStore: createPaceRepository(database),
    onPaceStoreFailure: (error) => logger.warn({ err: error }, 'the common pace cannot be agreed on for now'),
    observe: metrics?.upstreamCalled,
  })
  const jobs = createJobQueue({
    connectionOptions: database.connectionOptions,
    db: database.db,
    logger,
    runsSchedules: surroundings.runsSchedules,
  })
  const webhookRepository = createWebhookRepository(database)
  const webhooks = composeWebhooks(surroundings, {
    repository: webhookRepository,
    jobs,
    metrics,
    handle: (received) => handleWebhooks(received),
  })
  const events = createEventRepository({ db: database.db, now })
  const providerStore = composeProviderStore(surroundings)
  const connection = composeConnection(surroundings, {
    http,
    jobs,
    metrics,
    events,
    providers: providerStore,
  })
  const { installations, minting, installEvents, platform } = connection
  const access = createContactAccess({ contacts: platform.contacts, now })
  const session = composeSession(surroundings, connection)
  const live = composeLive(surroundings, {
    connection,
    session,
    jobs,
    webhookRepository,
    seenInThread: (...seen) => carriers.seenInThread(...seen),
  })
  const providers = composeProviders(surroundings, { store: providerStore, audited: operations.audited })
  const automation = composeAutomations(surroundings, {
    connection,
    jobs,
    audited: operations.audited,
    access,
  })
  const sync = composeSync(surroundings, {
    connection,
    jobs,
    store: providerStore,
    willChange: automation.watch.willChange,
    audited: operations.audited,
    access,
  })
  const carriers = composeCarriers(surroundings, {
    store: providerStore,
    connection,
    jobs,
    webhookRepository,
    record: webhooks.record,
    keepCompared: live.keepCompared,
    limitRefused: rateLimits.badWebhooks,
    happened: automation.watch.happened,
  })
  const handleWebhooks = createWebhookHandler({
    installs: installEvents,
    aroundUninstall: providers.aroundUninstall,
    settleHeard: live.settleHeard,
    hint: live.hint,
    outboundPosted: carriers.outboundPosted,
    carrierTold: carriers.carrierTold,
    dndChanged: carriers.dndChanged,
    syncWebhooks: sync.syncWebhooks,
    heard: async (locationId, told) => {
      await live.heard(locationId, told)
      await automation.watch.heard(locationId, told)
    },
  })
  operations.measure({ budget: http.budget, openStreams: live.openStreams })

  const app = createApp({
    logger,
    trustedProxies: config.trustedProxies,
    rateLimits,
    observeRequest: metrics?.requestAnswered,
    securityHeaders: securityHeaders({
      secure: config.publicUrl.startsWith('https:'),
      frameAncestors: config.frameAncestors,
      ancestorsOf: installations.frameAncestorsOf,
    }),
    authenticate: createAuthenticate({ service: session }),
    healthRoutes: operations.healthRoutes,
    auditRoutes: operations.auditRoutes,
    webhookRoutes: createWebhookRoutes({
      isSigned: createSignatureCheck({ ed25519: config.webhookEd25519Keys, rsa: config.webhookRsaKey }),
      record: webhooks.record,
      appId: config.appId,
      concernsUs: createConcernCheck({
        isInstalled: connection.repository.isInstalled,
      }),
      limitRefused: rateLimits.badWebhooks,
      observe: metrics?.webhookReceived,
      now,
    }),
    carrierWebhookRoutes: carriers.webhookRoutes,
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
    installationRoutes: createInstallationRoutes({
      service: {
        describe: installations.describe,
        disconnect: (session) =>
          operations.audited({ session, contactId: null, action: 'installation.disconnect' }, () =>
            providers.aroundUninstall({ locationId: session.locationId }, () =>
              installations.disconnect(session),
            ),
          ),
      },
    }),
    eventRoutes: live.eventRoutes,
    failedJobRoutes: createFailedJobRoutes({ failedJobs: jobs.failed }),
    providerRoutes: providers.providerRoutes,
    automationRoutes: automation.automationRoutes,
    syncRoutes: sync.syncRoutes,
    ...composeContactDomain(surroundings, {
      platform,
      access,
      audited: operations.audited,
      recent: live.recent,
      carriageOf: providerStore.carriageOf,
      optOuts: carriers.optOuts,
      settleSoon: () => jobs.send('settle-messages', {}, { startAfterSeconds: settleAfterSeconds }),
    }),
    pageRoutes: createPageRoutes(surroundings),
  })

  return {
    app,
    metrics,
    async start() {
      await jobs.open()
      await connection.start()
      await providerStore.start()
      await live.start()
      await jobs.work(
        createJobHandlers({
          workOnWebhooks: webhooks.inbox.workOnQueued,
          minting,
          upkeep: connection.upkeep,
          live: live.live,
          automations: automation.automations,
          carriers: carriers.carriers,
          sync: sync.sync,
          prunes: [
            live.prune,
            operations.pruneAudit,
            automation.automations.prune,
            carriers.prune,
            sync.sync.prune,
          ],
        }),
      )
      await webhooks.inbox.start()
      operations.enter('ready')
    },
    send: jobs.send,
    keepWarm: http.keepWarm,
    prime: connection.prime,
    drain: async () => {
      operations.enter('stopping')
      live.close()
      await Promise.all([webhooks.inbox.drain(), jobs.drain(), connection.drain()])
    },
    async close() {
      await Promise.all([webhooks.inbox.close(), jobs.close(), http.close()])
    },
  }
}
