import express, { type Express, type RequestHandler, type Router } from 'express'
import { createErrorHandler, notFoundHandler } from './error-handler.ts'
import type { Logger } from './logger.ts'
import { answerInTime, requestContextHandler, requireJson } from './request-pipeline.ts'

export type AppParts = {
  logger: Logger
  securityHeaders: RequestHandler
  authenticate: RequestHandler
  healthRoutes: Router
  webhookRoutes: Router
  oauthRoutes: Router
  sessionRoutes: Router
  installationRoutes: Router
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

  app.use(requestContextHandler(parts))
  app.use(parts.healthRoutes)
  app.use(parts.securityHeaders)
  app.use('/webhooks', parts.webhookRoutes)
  app.use('/oauth', parts.oauthRoutes)
  app.use('/api', answerInTime, noStore, requireJson, express.json({ limit: '256kb' }))
  app.use('/api/session', parts.sessionRoutes)
  app.use('/api', parts.authenticate)
  app.use('/api/installation', parts.installationRoutes)
  app.use('/api/conversations', parts.conversationRoutes)
  app.use('/api/contacts', ...parts.contactRoutes)
  app.use('/api', parts.locationRoutes, notFoundHandler)
  app.use(parts.pageRoutes)
  app.use(notFoundHandler)
  app.use(createErrorHandler(parts.logger))
  return app
}

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store')
  next()
}
