import { Router } from 'express'
import {
  type ContactAnswer,
  type ContactListAnswer,
  contactListQuerySchema,
} from '../../shared/contact-contract.ts'
import { idParam, queryOf } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { ContactService } from './contact-service.ts'

export function createContactRoutes({ contactService }: { contactService: ContactService }): Router {
  const router = Router()

  router.get('/', async (request, response) => {
    const query = contactListQuerySchema.parse(queryOf(request))
    response.json((await contactService.list(sessionOf(response), query)) satisfies ContactListAnswer)
  })

  router.get('/:contactId', async (request, response) => {
    const contact = await contactService.get(sessionOf(response), idParam(request, 'contactId'))
    response.json({ contact } satisfies ContactAnswer)
  })

  return router
}
