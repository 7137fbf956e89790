import type { AuditAction } from '../../shared/audit-contract.ts'
import type {
  ChangeSyncRun,
  DecideDuplicate,
  SyncAnswer,
  SyncRun,
  SyncSettings,
} from '../../shared/sync-contract.ts'
import type { Audited } from '../audit/audit-log.ts'
import { AppError } from '../errors.ts'
import type { Session } from '../session/session.ts'
import { checkMappings } from './mapping-check.ts'
import { toRun } from './sync-answers.ts'
import type { ContactTask } from './sync-change-service.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncLogRepository } from './sync-log-repository.ts'
import type { NoteTask } from './sync-note-service.ts'
import type { SyncRunRepository, SyncRunRow } from './sync-run-repository.ts'
import type { SyncRunService } from './sync-run-service.ts'
import type { SyncService } from './sync-service.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'
import type { SyncSnapshotRepository } from './sync-snapshot-repository.ts'

export type SyncCommandService = ReturnType<typeof createSyncCommandService>

/** What an admin does; who did it is written down. */
export function createSyncCommandService(parts: {
  syncService: Pick<SyncService, 'connectedSides' | 'describe' | 'fields'>
  runs: SyncRunRepository
  snapshots: Pick<SyncSnapshotRepository, 'forgetRead'>
  log: SyncLogRepository
  links: SyncLinkRepository
  settingsRepository: SyncSettingsRepository
  runService: Pick<SyncRunService, 'start'>
  queueRun: (run: Pick<SyncRunRow, 'id' | 'locationId'>) => Promise<void>
  queueContact: (task: ContactTask) => Promise<void>
  queueNote: (task: NoteTask) => Promise<void>
  audited: Audited
  now: () => number
}) {
  const { syncService, runs, snapshots, log, links, settingsRepository, runService, audited, now } = parts
  const { connectedSides, describe, fields } = syncService

  const about = (session: Session, action: AuditAction, reference?: string) => ({
    session,
    contactId: null,
    action,
    ...(reference === undefined ? {} : { reference }),
  })

  async function changeState(
    locationId: string,
    id: string,
    action: ChangeSyncRun['action'],
  ): Promise<SyncRunRow | undefined> {
    const key = { locationId, id }
    if (action === 'pause') return runs.changeState(key, ['running'], { state: 'paused' })
    if (action === 'resume') {
      return runs.changeState(key, ['paused', 'running'], { state: 'running', problem: null })
    }
    const end = { state: 'cancelled', finishedAt: new Date(now()) } as const
    return runs.changeState(key, ['running', 'paused'], end, (tx) => snapshots.forgetRead(id, tx))
  }

  async function join(locationId: string, crmContactId: string, providerContactId: string): Promise<void> {
    if (!(await links.join(locationId, crmContactId, providerContactId))) {
      throw new AppError('conflict', 'One of these contacts belongs to another one already.')
    }
    const task = { locationId, crmContactId, providerContactId, logId: null }
    await parts.queueContact({ ...task, origin: 'person' })
  }

  return {
    /** @throws {AppError} `validation` for mappings that cannot work */
    save: (session: Session, settings: SyncSettings): Promise<SyncAnswer> =>
      audited(about(session, 'sync.save'), async () => {
        const { locationId } = session
        checkMappings(settings.mappings, await fields(locationId))
        await settingsRepository.save(locationId, settings)
        return describe(locationId)
      }),

    start: (session: Session, kind: SyncRunRow['kind']): Promise<SyncRun> =>
      audited(
        about(session, kind === 'dry' ? 'sync.try' : 'sync.run'),
        async () => {
          const { locationId } = session
          await connectedSides(locationId)
          await settingsRepository.keep(locationId)
          const run = await runService.start(locationId, kind, 'person')
          if (run) return toRun(run)
          throw new AppError('conflict', 'A run is not over yet: wait for it, or cancel it.')
        },
        ({ id }) => ({ reference: id }),
      ),

    changeRun: (session: Session, id: string, { action }: ChangeSyncRun): Promise<SyncRun> =>
      audited(about(session, `sync.${action}`, id), async () => {
        const changed = await changeState(session.locationId, id, action)
        if (!changed) throw new AppError('conflict', 'This run is over, or already as you want it.')
        if (action === 'resume') await parts.queueRun(changed)
        return toRun(changed)
      }),

    /** Only what failed is tried again. */
    replay: (session: Session, id: number): Promise<void> =>
      audited(about(session, 'sync.replay', String(id)), async () => {
        const { locationId } = session
        const row = await log.find(locationId, id)
        if (row?.state !== 'failed') throw noSuchEntry()
        await connectedSides(locationId)
        const { crmContactId, providerContactId, noteId, code } = row
        if (row.reason !== 'note') {
          return parts.queueContact({
            locationId,
            crmContactId,
            providerContactId,
            origin: 'replay',
            logId: id,
          })
        }
        if (code === 'outcome_unknown') throw noteMayBeThere()
        if (noteId === null || crmContactId === null) throw noSuchEntry()
        await parts.queueNote({ locationId, contactId: crmContactId, noteId, logId: id })
      }),

    decide: (session: Session, id: number, decision: DecideDuplicate): Promise<SyncAnswer> =>
      audited(
        about(session, decision.decision === 'link' ? 'sync.link' : 'sync.apart', String(id)),
        async () => {
          const { locationId } = session
          const open = (await log.duplicates.listOpen(locationId)).find((row) => row.id === id)
          const fits =
            decision.decision === 'apart' ||
            (open?.crmContactIds.includes(decision.crmContactId) &&
              open.providerContactIds.includes(decision.providerContactId))
          if (!open || !fits) throw new AppError('not_found', 'There is no such proposal any more.')
          if (decision.decision === 'link') {
            await join(locationId, decision.crmContactId, decision.providerContactId)
          }
          await log.duplicates.decide(locationId, id, decision.decision === 'link' ? 'linked' : 'apart')
          return describe(locationId)
        },
      ),
  }
}

const noSuchEntry = () => new AppError('not_found', 'There is no such failed entry any more.')

const noteMayBeThere = () =>
  new AppError(
    'conflict',
    'Nobody knows whether Heymarket took this note. Look there, and copy it by hand if it is missing.',
  )
