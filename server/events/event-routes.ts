import { Router } from 'express'
import { sessionOf } from '../session/authenticate.ts'
import type { Session } from '../session/session.ts'
import type { createEventHub } from './event-hub.ts'

/** `/api/events`: server-sent events of the session's location. */
export function createEventRoutes(parts: {
  hub: Pick<ReturnType<typeof createEventHub<Session>>, 'open'>
}): Router {
  const router = Router()

  router.get('/', async (request, response) => {
    const session = sessionOf(response)
    response.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // A proxy that collects what it passes on would keep it back.
      'X-Accel-Buffering': 'no',
      // The connection ends with the stream, so that a process that stops need not wait for it.
      Connection: 'close',
    })
    response.flushHeaders()
    await parts.hub.open({
      client: response,
      session,
      authorization: request.get('authorization'),
      lastEventId: request.get('last-event-id') || undefined,
    })
  })

  return router
}
