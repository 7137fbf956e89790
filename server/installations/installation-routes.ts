import { Router } from 'express'
import type { InstallationAnswer } from '../../shared/session-contract.ts'
import { AppError } from '../errors.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { Session } from '../session/session.ts'
import type { InstallationService } from './installation-service.ts'

/** `/api/installation`: what an admin sees of the connection, and how to end it. */
export function createInstallationRoutes({
  service,
}: {
  service: Pick<InstallationService, 'describe' | 'disconnect'>
}): Router {
  const router = Router()

  router.get('/', async (_request, response) => {
    response.json((await service.describe(admin(sessionOf(response)))) satisfies InstallationAnswer)
  })

  router.delete('/', async (_request, response) => {
    await service.disconnect(admin(sessionOf(response)))
    response.status(204).end()
  })

  return router
}

function admin(session: Session): Session {
  if (session.role === 'admin') return session
  throw new AppError('forbidden', 'Only an admin of this sub-account can see or end the connection.')
}
