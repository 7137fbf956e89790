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
import type { Session } from '../session/session.ts'
import type { SyncCommandService } from './sync-command-service.ts'
import type { SyncService } from './sync-service.ts'

const rowId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)

/** `/api/sync`: keeping contacts in step with another system, for admins of the location. */
export function createSyncRoutes(parts: {
  syncService: SyncService
  syncCommands: SyncCommandService
}): Router {
  const { syncService, syncCommands } = parts
  const router = Router()

  router.get('/', async (_request, response) => {
    response.json((await syncService.describe(adminOf(response).locationId)) satisfies SyncAnswer)
  })

  router.get('/fields', async (_request, response) => {
    response.json((await syncService.fields(adminOf(response).locationId)) satisfies SyncFieldsAnswer)
  })

  router.put('/settings', async (request, response) => {
    const session = adminOf(response)
    const settings = syncSettingsSchema.parse(request.body)
    response.json((await syncCommands.save(session, settings)) satisfies SyncAnswer)
  })

  router.post('/preview', async (request, response) => {
    const session = adminOf(response)
    const asked = previewSyncSchema.parse(request.body)
    response.json((await syncService.preview(session.locationId, asked)) satisfies SyncPreviewAnswer)
  })

  router.post('/runs', async (request, response) => {
    const session = adminOf(response)
    const { kind } = startSyncRunSchema.parse(request.body)
    const run = await syncCommands.start(session, kind)
    response.status(201).json({ run } satisfies SyncRunAnswer)
  })

  router.post('/runs/:runId/state', async (request, response) => {
    const session = adminOf(response)
    const runId = idOf(request, z.uuid(), 'runId')
    const change = changeSyncRunSchema.parse(request.body)
    response.json({ run: await syncCommands.changeRun(session, runId, change) } satisfies SyncRunAnswer)
  })

  router.get('/log', async (request, response) => {
    const session = adminOf(response)
    const query = syncLogQuerySchema.parse(queryOf(request))
    response.json((await syncService.listLog(session.locationId, query)) satisfies SyncLogAnswer)
  })

  router.post('/log/:entryId/replay', async (request, response) => {
    const session = adminOf(response)
    await syncCommands.replay(session, idOf(request, rowId, 'entryId'))
    response.json({ replayed: true })
  })

  router.post('/duplicates/:duplicateId', async (request, response) => {
    const session = adminOf(response)
    const id = idOf(request, rowId, 'duplicateId')
    const decision = decideDuplicateSchema.parse(request.body)
    response.json((await syncCommands.decide(session, id, decision)) satisfies SyncAnswer)
  })

  return router
}

function idOf<Id>(request: Request, schema: z.ZodType<Id>, name: string): Id {
  const parsed = schema.safeParse(request.params[name])
  if (parsed.success) return parsed.data
  throw new AppError('not_found', 'There is nothing with this id.')
}

function adminOf(response: Response): Session {
  const session = sessionOf(response)
  if (session.role === 'admin') return session
  throw new AppError(
    'forbidden',
    'Only an admin of this sub-account can see and change the sync of contacts.',
  )
}
