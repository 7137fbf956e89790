import * as z from 'zod/mini'
import type {
  ChangeSyncRun,
  DecideDuplicate,
  PreviewSync,
  SyncAnswer,
  SyncFieldsAnswer,
  SyncLogAnswer,
  SyncLogQuery,
  SyncPreviewAnswer,
  SyncRun,
  SyncSettings,
} from '../../shared/sync-contract.ts'
import { AppError } from '../errors.ts'
import { decodeCursor, encodeCursor } from '../opaque-cursor.ts'
import { checkMappings } from './mapping-check.ts'
import { previewMappings } from './mapping-preview.ts'
import type { SyncSidesOf } from './pair-task.ts'
import { toEntry, toRun } from './sync-answers.ts'
import type { ContactTask } from './sync-change-service.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncLogRepository } from './sync-log-repository.ts'
import type { SyncRunRepository, SyncRunRow } from './sync-run-repository.ts'
import type { SyncRunService } from './sync-run-service.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'

const positionSchema = z.int().check(z.positive())

export type SyncService = ReturnType<typeof createSyncService>

/** What an admin sees and does. */
export function createSyncService(parts: {
  runs: SyncRunRepository
  log: SyncLogRepository
  links: SyncLinkRepository
  settingsRepository: SyncSettingsRepository
  runService: SyncRunService
  isConnected: (locationId: string) => Promise<boolean>
  sidesOf: (locationId: string) => Promise<SyncSidesOf | undefined>
  queueRun: (run: Pick<SyncRunRow, 'id' | 'locationId'>) => Promise<void>
  queueContact: (task: ContactTask) => Promise<void>
  now: () => number
}) {
  const { runs, log, links, settingsRepository, runService, isConnected, sidesOf } = parts

  async function connectedSides(locationId: string): Promise<SyncSidesOf> {
    const sides = await sidesOf(locationId)
    if (sides) return sides
    throw new AppError(
      'conflict',
      'Connect Heymarket first: it is the one system whose contacts can be synced.',
    )
  }

  async function describe(locationId: string): Promise<SyncAnswer> {
    const [stored, lastRun, duplicates, linkedCount, connected] = await Promise.all([
      settingsRepository.find(locationId),
      runs.latest(locationId),
      log.duplicates.listOpen(locationId),
      links.count(locationId),
      isConnected(locationId),
    ])
    return {
      isConnected: connected,
      settings: stored.settings,
      firstRunAt: stored.firstRunAt?.toISOString() ?? null,
      polledAt: stored.polledAt?.toISOString() ?? null,
      lastRun: lastRun ? toRun(lastRun) : null,
      linkedCount,
      duplicates: duplicates.map(({ id, crmContactIds, providerContactIds, reason }) => ({
        id,
        crmContactIds,
        providerContactIds,
        reason,
      })),
    }
  }

  async function fields(locationId: string): Promise<SyncFieldsAnswer> {
    const sides = await connectedSides(locationId)
    const [crm, provider] = await Promise.all([sides.crm.fields(), sides.provider.fields()])
    return { crm, provider }
  }

  async function preview(
    locationId: string,
    { crmContactId, mappings }: PreviewSync,
  ): Promise<SyncPreviewAnswer> {
    const sides = await connectedSides(locationId)
    const crm = await sides.crm.get(crmContactId)
    if (!crm) throw new AppError('not_found', 'This contact is not in the CRM any more.')
    const link = await links.findBy(locationId, 'crm', crmContactId)
    const provider = link
      ? await sides.provider.get(link.providerContactId)
      : (await sides.provider.find(crm)).at(0)
    return previewMappings({ crm, provider, link, mappings })
  }

  return {
    describe,
    fields,
    preview,

    /** @throws {AppError} `validation` for mappings that cannot work */
    async save(locationId: string, settings: SyncSettings): Promise<SyncAnswer> {
      checkMappings(settings.mappings, await fields(locationId))
      await settingsRepository.save(locationId, settings)
      return describe(locationId)
    },

    async start(locationId: string, kind: SyncRunRow['kind']): Promise<SyncRun> {
      await connectedSides(locationId)
      // What a run goes by is kept, so that it is the same at each of its steps.
      await settingsRepository.save(locationId, (await settingsRepository.find(locationId)).settings)
      const run = await runService.start(locationId, kind, 'person')
      if (run) return toRun(run)
      throw new AppError('conflict', 'A run is not over yet: wait for it, or cancel it.')
    },

    async changeRun(locationId: string, id: string, { action }: ChangeSyncRun): Promise<SyncRun> {
      const key = { locationId, id }
      const finishedAt = new Date(parts.now())
      const changed =
        action === 'pause'
          ? await runs.changeState(key, ['running'], { state: 'paused' })
          : action === 'cancel'
            ? await runs.changeState(key, ['running', 'paused'], { state: 'cancelled', finishedAt }, (tx) =>
                runs.forgetRead(id, tx),
              )
            : await runs.changeState(key, ['paused', 'running'], { state: 'running', problem: null })
      if (!changed) throw new AppError('conflict', 'This run is over, or already as you want it.')
      if (action === 'resume') await parts.queueRun(changed)
      return toRun(changed)
    },

    async listLog(locationId: string, query: SyncLogQuery): Promise<SyncLogAnswer> {
      const beforeId = decodeCursor(query.cursor, (position) => positionSchema.parse(position))
      const rows = await log.list(locationId, query, beforeId, query.limit + 1)
      const entries = rows.slice(0, query.limit).map(toEntry)
      const last = entries.at(-1)
      return { entries, nextCursor: rows.length > query.limit && last ? encodeCursor(last.id) : null }
    },

    /** Only what failed is tried again. */
    async replay(locationId: string, id: number): Promise<void> {
      const row = await log.find(locationId, id)
      if (row?.state !== 'failed') throw new AppError('not_found', 'There is no such failed entry any more.')
      await connectedSides(locationId)
      const { crmContactId, providerContactId } = row
      await parts.queueContact({ locationId, crmContactId, providerContactId, origin: 'replay', logId: id })
    },

    async decide(locationId: string, id: number, decision: DecideDuplicate): Promise<SyncAnswer> {
      const isLink = decision.decision === 'link'
      const open = (await log.duplicates.listOpen(locationId)).find((row) => row.id === id)
      const fits =
        !isLink ||
        (open?.crmContactIds.includes(decision.crmContactId) &&
          open.providerContactIds.includes(decision.providerContactId))
      if (!open || !fits) throw new AppError('not_found', 'There is no such proposal any more.')
      if (isLink) {
        const { crmContactId, providerContactId } = decision
        if (!(await links.join(locationId, crmContactId, providerContactId))) {
          throw new AppError('conflict', 'One of these contacts belongs to another one already.')
        }
        const task = { locationId, crmContactId, providerContactId, logId: null }
        await parts.queueContact({ ...task, origin: 'person' })
      }
      await log.duplicates.decide(locationId, id, isLink ? 'linked' : 'apart')
      return describe(locationId)
    },
  }
}
