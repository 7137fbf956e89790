import { type Request, Router } from 'express'
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
import { requireAdmin, requireAllContacts } from '../rights.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { SyncCommandService } from './sync-command-service.ts'
import type { SyncService } from './sync-service.ts'

const changeSync = 'see and change the sync of contacts'

const rowId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)

/** `/api/sync`: keeping contacts in step with another system, for admins of the location. */
export function createSyncRoutes(parts: {
  syncService: SyncService
  syncCommands: SyncCommandService
}): Router {
  const { syncService, syncCommands } = parts
  const router = Router()

  router.get('/', async (_request, response) => {
    response.json(
      (await syncService.describe(
        requireAdmin(sessionOf(response), changeSync).locationId,
      )) satisfies SyncAnswer,
    )
  })

  router.get('/fields', async (_request, response) => {
    response.json(
      (await syncService.fields(
        requireAdmin(sessionOf(response), changeSync).locationId,
      )) satisfies SyncFieldsAnswer,
    )
  })

  router.put('/settings', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeSync)
    const settings = syncSettingsSchema.parse(request.body)
    response.json((await syncCommands.save(session, settings)) satisfies SyncAnswer)
  })

  router.post('/preview', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeSync)
    const asked = previewSyncSchema.parse(request.body)
    response.json((await syncService.preview(session, asked)) satisfies SyncPreviewAnswer)
  })

  router.post('/runs', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeSync)
    const { kind } = startSyncRunSchema.parse(request.body)
    const run = await syncCommands.start(session, kind)
    response.status(201).json({ run } satisfies SyncRunAnswer)
  })

  router.post('/runs/:runId/state', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeSync)
    const runId = idOf(request, z.uuid(), 'runId')
    const change = changeSyncRunSchema.parse(request.body)
    response.json({ run: await syncCommands.changeRun(session, runId, change) } satisfies SyncRunAnswer)
  })

  router.get('/log', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeSync)
    requireAllContacts(session)
    const query = syncLogQuerySchema.parse(queryOf(request))
    response.json((await syncService.listLog(session.locationId, query)) satisfies SyncLogAnswer)
  })

  router.post('/log/:entryId/replay', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeSync)
    requireAllContacts(session)
    await syncCommands.replay(session, idOf(request, rowId, 'entryId'))
    response.json({ replayed: true })
  })

  router.post('/duplicates/:duplicateId', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeSync)
    requireAllContacts(session)
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
