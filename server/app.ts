import express, { type Express, type RequestHandler, type Router } from 'express'
import { errorHandler, notFoundHandler } from './error-handler.ts'
import type { Logger } from './logger.ts'
import type { RateLimits } from './rate-limit.ts'
import { type AnsweredRequest, answerInTime, requestContextHandler, requireJson } from './request-pipeline.ts'

export type AppParts = {
  logger: Logger
  trustedProxies: number
  rateLimits: Pick<RateLimits, 'session' | 'oauth'>
  observeRequest?: ((answered: AnsweredRequest) => void) | undefined
  securityHeaders: RequestHandler
  authenticate: RequestHandler
  healthRoutes: Router
  webhookRoutes: Router
  /** `/webhooks/providers`. */
  carrierWebhookRoutes: Router
  oauthRoutes: Router
  sessionRoutes: Router
  installationRoutes: Router
  eventRoutes: Router
  auditRoutes: Router
  failedJobRoutes: Router
  providerRoutes: Router
  automationRoutes: Router
  syncRoutes: Router
  locationRoutes: Router
  conversationRoutes: Router
  /** All of `/api/contacts`. */
  contactRoutes: readonly Router[]
  pageRoutes: Router
}

/** Door 1, HTTP: the order of middleware and routers; never listens. */
export function createApp(parts: AppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('trust proxy', parts.trustedProxies)

  app.use(requestContextHandler({ ...parts, observe: parts.observeRequest }))
  app.use(parts.securityHeaders)
  app.use(parts.healthRoutes)
  app.use('/webhooks/providers', parts.carrierWebhookRoutes)
  app.use('/webhooks', parts.webhookRoutes)
  app.use('/oauth', parts.rateLimits.oauth, parts.oauthRoutes)
  app.use('/api/events', noStore, parts.authenticate, parts.eventRoutes)
  // Nobody's body is read before it is known who they are.
  const readJson = [requireJson, express.json({ limit: '256kb' })]
  app.use('/api', answerInTime, noStore)
  app.use('/api/session', parts.rateLimits.session, readJson, parts.sessionRoutes)
  app.use('/api', parts.authenticate, readJson)
  // What reps wait for comes first: each router that is passed on the way costs them time.
  app.use('/api/contacts', ...parts.contactRoutes)
  app.use('/api/conversations', parts.conversationRoutes)
  app.use('/api/installation', parts.installationRoutes)
  app.use('/api/audit', parts.auditRoutes)
  app.use('/api/failed-jobs', parts.failedJobRoutes)
  app.use('/api/providers', parts.providerRoutes)
  app.use('/api/automations', parts.automationRoutes)
  app.use('/api/sync', parts.syncRoutes)
  app.use('/api', parts.locationRoutes, notFoundHandler)
  app.use(parts.pageRoutes)
  app.use(notFoundHandler)
  app.use(errorHandler)
  return app
}

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store')
  next()
}
