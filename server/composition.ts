import { createApp } from './app.ts'
import { isCrmAddress } from './crm-origins.ts'
import { createHealthRoutes } from './health-routes.ts'
import { createPlatformHttp } from './highlevel/platform-http.ts'
import { createInstallationRoutes } from './installations/installation-routes.ts'
import { createOAuthRoutes } from './installations/oauth-routes.ts'
import { createOAuthStateRepository } from './installations/oauth-state-repository.ts'
import { createOAuthState } from './installations/oauth-state.ts'
import { authorizeLink } from './installations/scopes.ts'
import { createJobHandlers } from './job-handlers.ts'
import { createJobQueue } from './jobs/job-queue.ts'
import { createPageRoutes } from './page-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { createAuthenticate } from './session/authenticate.ts'
import { createSessionRoutes } from './session/session-routes.ts'
import { createWebhookHandler } from './webhook-handlers.ts'
import { createWebhookRepository } from './webhooks/webhook-repository.ts'
import { createWebhookRoutes } from './webhooks/webhook-routes.ts'
import { createSignatureCheck } from './webhooks/webhook-signature.ts'
import { composeConnection } from './connection-composition.ts'
import { composeContactDomain } from './contact-composition.ts'
import { composeSession } from './session-composition.ts'
import type { Surroundings } from './surroundings.ts'

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
