import { Router } from 'express'
import { inTime, oneAtATime } from './bounded-call.ts'
import { AppError } from './errors.ts'

/** Longer than a database that is well ever takes, shorter than a balancer waits. */
const pingWithinMs = 2_000

/** Migrations are done and the queue is open once the application is `ready`. */
export type ReadyState = 'starting' | 'ready' | 'stopping'

/**
 * `/healthz`: the process answers. `/readyz`: it may be given requests, which it may not before it has started, while
 * it stops, and while its database does not answer.
 */
export function createHealthRoutes(parts: {
  /** Rejects when the database does not answer. */
  ping: () => Promise<void>
  state: () => ReadyState
}): Router {
  const { state } = parts
  const ping = oneAtATime(parts.ping)
  const router = Router()

  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })

  router.get('/readyz', async (_request, response) => {
    if (state() !== 'ready') throw notReady(`The app is ${state()}.`)
    try {
      await inTime(ping(), pingWithinMs)
    } catch (cause) {
      throw notReady('The database does not answer.', cause)
    }
    response.json({ status: 'ready' })
  })

  return router
}

function notReady(message: string, cause?: unknown): AppError {
  return new AppError('upstream_unavailable', message, { cause, retryAfterMs: 1000 })
}
