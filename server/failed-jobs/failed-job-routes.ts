import { Router } from 'express'
import { z } from 'zod'
import type { FailedJob, FailedJobsAnswer, ReplayAnswer } from '../../shared/failed-job-contract.ts'
import { AppError } from '../errors.ts'
import { requireAdmin } from '../rights.ts'
import { sessionOf } from '../session/authenticate.ts'

export type FailedJobs = {
  /** Newest first. */
  list(locationId: string): Promise<FailedJob[]>
  /** @returns false where this location has no such failed job */
  replay(locationId: string, id: string): Promise<boolean>
}

const seeFailed = 'see and repeat what failed'

/** `/api/failed-jobs`: what an admin sees of the work for the own location that failed for good, and tries again. */
export function createFailedJobRoutes({ failedJobs }: { failedJobs: FailedJobs }): Router {
  const router = Router()

  router.get('/', async (_request, response) => {
    const { locationId } = requireAdmin(sessionOf(response), seeFailed)
    response.json({ failedJobs: await failedJobs.list(locationId) } satisfies FailedJobsAnswer)
  })

  router.post('/:id/replay', async (request, response) => {
    const { locationId } = requireAdmin(sessionOf(response), seeFailed)
    const id = z.uuid().safeParse(request.params.id).data
    if (id === undefined || !(await failedJobs.replay(locationId, id))) {
      throw new AppError('not_found', 'There is no such failed job any more.')
    }
    response.json({ replayed: true } satisfies ReplayAnswer)
  })

  return router
}
