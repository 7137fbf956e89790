import { Router } from 'express'
import { type WrapUpAnswer, wrapUpSchema } from '../../shared/wrap-up-contract.ts'
import { idempotencyKeyOf, idParam } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { WrapUpService } from './wrap-up-service.ts'

export function createWrapUpRoutes({ wrapUpService }: { wrapUpService: WrapUpService }): Router {
  const router = Router()

  router.post('/:contactId/wrap-up', async (request, response) => {
    const contactId = idParam(request, 'contactId')
    const key = idempotencyKeyOf(request)
    const input = wrapUpSchema.parse(request.body)
    const answer = await wrapUpService.wrapUp(sessionOf(response), contactId, key, input)
    response.json(answer satisfies WrapUpAnswer)
  })

  return router
}
