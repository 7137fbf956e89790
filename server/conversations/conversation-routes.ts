import { Router } from 'express'
import {
  type ConversationListAnswer,
  conversationListQuerySchema,
} from '../../shared/conversation-contract.ts'
import { queryOf } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { ConversationService } from './conversation-service.ts'

export function createConversationRoutes(parts: { conversationService: ConversationService }): Router {
  const router = Router()

  router.get('/', async (request, response) => {
    const query = conversationListQuerySchema.parse(queryOf(request))
    const answer = await parts.conversationService.list(sessionOf(response), query)
    response.json(answer satisfies ConversationListAnswer)
  })

  return router
}
