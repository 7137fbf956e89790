import { Router } from 'express'
import { AppError } from './errors.ts'

/** `/healthz`: the process answers. `/readyz`: so does its database, and its migrations are done. */
export function createHealthRoutes({ ping }: { ping: () => Promise<void> }): Router {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })
  router.get('/readyz', async (_request, response) => {
    try {
      await ping()
    } catch (cause) {
      throw new AppError('upstream_unavailable', 'The database does not answer.', {
        cause,
        retryAfterMs: 1000,
      })
    }
    response.json({ status: 'ready' })
  })
  return router
}
