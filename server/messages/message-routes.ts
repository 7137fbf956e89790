import { Router } from 'express'
import { type MessageAnswer, sendMessageSchema } from '../../shared/message-contract.ts'
import { idempotencyKeyOf, idParam } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { MessageService } from './message-service.ts'

export function createMessageRoutes({ messageService }: { messageService: MessageService }): Router {
  const router = Router()

  router.post('/:contactId/messages', async (request, response) => {
    const contactId = idParam(request, 'contactId')
    const key = idempotencyKeyOf(request)
    const input = sendMessageSchema.parse(request.body)
    const message = await messageService.send(sessionOf(response), contactId, key, input)
    response.status(201).json({ message } satisfies MessageAnswer)
  })

  return router
}
