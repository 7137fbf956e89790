import { Router } from 'express'
import { type ContactTagsAnswer, tagChangeSchema } from '../../shared/tag-contract.ts'
import { idParam } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { TagService } from './tag-service.ts'

export function createTagRoutes({ tagService }: { tagService: TagService }): Router {
  const router = Router()

  router.post('/:contactId/tags', async (request, response) => {
    const { tags } = tagChangeSchema.parse(request.body)
    const all = await tagService.add(sessionOf(response), idParam(request, 'contactId'), tags)
    response.json({ tags: all } satisfies ContactTagsAnswer)
  })

  router.delete('/:contactId/tags', async (request, response) => {
    const { tags } = tagChangeSchema.parse(request.body)
    const all = await tagService.remove(sessionOf(response), idParam(request, 'contactId'), tags)
    response.json({ tags: all } satisfies ContactTagsAnswer)
  })

  return router
}
