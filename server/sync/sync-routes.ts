import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import {
  changeSyncRunSchema,
  decideDuplicateSchema,
  previewSyncSchema,
  startSyncRunSchema,
  type SyncAnswer,
  type SyncFieldsAnswer,
  type SyncLogAnswer,
  syncLogQuerySchema,
  type SyncPreviewAnswer,
  type SyncRunAnswer,
  syncSettingsSchema,
} from '../../shared/sync-contract.ts'
import { AppError } from '../errors.ts'
import { queryOf } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { SyncService } from './sync-service.ts'

const rowId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)

/** `/api/sync`: keeping contacts in step with another system, for admins of the location. */
export function createSyncRoutes({ syncService }: { syncService: SyncService }): Router {
  const router = Router()

  router.get('/', async (_request, response) => {
    response.json((await syncService.describe(locationOf(response))) satisfies SyncAnswer)
  })

  router.get('/fields', async (_request, response) => {
    response.json((await syncService.fields(locationOf(response))) satisfies SyncFieldsAnswer)
  })

  router.put('/settings', async (request, response) => {
    const locationId = locationOf(response)
    const settings = syncSettingsSchema.parse(request.body)
    response.json((await syncService.save(locationId, settings)) satisfies SyncAnswer)
  })

  router.post('/preview', async (request, response) => {
    const locationId = locationOf(response)
    const asked = previewSyncSchema.parse(request.body)
    response.json((await syncService.preview(locationId, asked)) satisfies SyncPreviewAnswer)
  })

  router.post('/runs', async (request, response) => {
    const locationId = locationOf(response)
    const { kind } = startSyncRunSchema.parse(request.body)
    const run = await syncService.start(locationId, kind)
    response.status(201).json({ run } satisfies SyncRunAnswer)
  })

  router.post('/runs/:runId/state', async (request, response) => {
    const locationId = locationOf(response)
    const runId = idOf(request, z.uuid(), 'runId')
    const change = changeSyncRunSchema.parse(request.body)
    response.json({ run: await syncService.changeRun(locationId, runId, change) } satisfies SyncRunAnswer)
  })

  router.get('/log', async (request, response) => {
    const locationId = locationOf(response)
    const query = syncLogQuerySchema.parse(queryOf(request))
    response.json((await syncService.listLog(locationId, query)) satisfies SyncLogAnswer)
  })

  router.post('/log/:entryId/replay', async (request, response) => {
    const locationId = locationOf(response)
    await syncService.replay(locationId, idOf(request, rowId, 'entryId'))
    response.json({ replayed: true })
  })

  router.post('/duplicates/:duplicateId', async (request, response) => {
    const locationId = locationOf(response)
    const id = idOf(request, rowId, 'duplicateId')
    const decision = decideDuplicateSchema.parse(request.body)
    response.json((await syncService.decide(locationId, id, decision)) satisfies SyncAnswer)
  })

  return router
}

function idOf<Id>(request: Request, schema: z.ZodType<Id>, name: string): Id {
  const parsed = schema.safeParse(request.params[name])
  if (parsed.success) return parsed.data
  throw new AppError('not_found', 'There is nothing with this id.')
}

function locationOf(response: Response): string {
  const { role, locationId } = sessionOf(response)
  if (role === 'admin') return locationId
  throw new AppError(
    'forbidden',
    'Only an admin of this sub-account can see and change the sync of contacts.',
  )
}
