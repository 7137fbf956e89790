import { Router } from 'express'
import { type TimelineAnswer, timelineQuerySchema } from '../../shared/timeline-contract.ts'
import { idParam, queryOf } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { TimelineService } from './timeline-service.ts'

export function createTimelineRoutes({ timelineService }: { timelineService: TimelineService }): Router {
  const router = Router()

  router.get('/:contactId/timeline', async (request, response) => {
    const query = timelineQuerySchema.parse(queryOf(request))
    const answer = await timelineService.list(sessionOf(response), idParam(request, 'contactId'), query)
    response.json(answer satisfies TimelineAnswer)
  })

  return router
}
