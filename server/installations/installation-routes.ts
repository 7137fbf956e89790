import { Router } from 'express'
import type { InstallationAnswer } from '../../shared/session-contract.ts'
import { requireAdmin } from '../rights.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { InstallationService } from './installation-service.ts'

const seeConnection = 'see or end the connection'

/** `/api/installation`: what an admin sees of the connection, and how to end it. */
export function createInstallationRoutes({
  service,
}: {
  service: Pick<InstallationService, 'describe' | 'disconnect'>
}): Router {
  const router = Router()

  router.get('/', async (_request, response) => {
    response.json(
      (await service.describe(requireAdmin(sessionOf(response), seeConnection))) satisfies InstallationAnswer,
    )
  })

  router.delete('/', async (_request, response) => {
    await service.disconnect(requireAdmin(sessionOf(response), seeConnection))
    response.status(204).end()
  })

  return router
}
