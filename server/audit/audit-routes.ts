import { Router } from 'express'
import { type AuditAnswer, auditQuerySchema } from '../../shared/audit-contract.ts'
import { queryOf } from '../request-params.ts'
import { requireAdmin, requireAllContacts } from '../rights.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { AuditService } from './audit-service.ts'

/** `/api/audit`: who did what to which contact, for admins of the location. */
export function createAuditRoutes({ auditService }: { auditService: AuditService }): Router {
  const router = Router()

  router.get('/', async (request, response) => {
    const session = requireAdmin(sessionOf(response), 'see who did what')
    requireAllContacts(session)
    const query = auditQuerySchema.parse(queryOf(request))
    response.json((await auditService.list(session.locationId, query)) satisfies AuditAnswer)
  })

  return router
}
