import { Router } from 'express'
import { type SessionAnswer, sessionRequestSchema } from '../../shared/session-contract.ts'
import type { SessionService } from './session-service.ts'

/** `/api/session`: the only route of the API that needs no session. */
export function createSessionRoutes({ service }: { service: Pick<SessionService, 'open'> }): Router {
  const router = Router()

  router.post('/', async (request, response) => {
    const { encryptedData } = sessionRequestSchema.parse(request.body)
    response.json((await service.open(encryptedData)) satisfies SessionAnswer)
  })

  return router
}
