import { randomUUID } from 'node:crypto'
import type { SyncOrigin, SyncSettings } from '../../shared/sync-contract.ts'
import { AppError } from '../errors.ts'
import type { Transaction } from '../storage/database.ts'
import { areCredentialsRefused } from './credentials-refusal.ts'
import { createPairSync } from './pair-sync.ts'
import type { OpenSides, SyncSidesOf } from './pair-task.ts'
import type { PlanRow } from './run-plan.ts'
import type { RunPlanner } from './run-planner.ts'
import type { NewDuplicate, NewSyncLogRow, SyncLogRepository, SyncLogRow } from './sync-log-repository.ts'
import { outcomeRow, proposalRow } from './sync-log-rows.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncRunRepository, SyncRunRow } from './sync-run-repository.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'
import type { SyncSnapshotRepository } from './sync-snapshot-repository.ts'
import type { SyncTurns } from './sync-turn-repository.ts'

/** A job goes on from step to step for so long, then hands over to the next. */
const stepsForMs = 20_000
/** What is written in one step, and how much of it side by side. */
const itemsAtOnce = 24
const itemsAbreast = 4
/** The tries of a job end sooner. */
const staleAfterMs = 2 * 3_600_000
/** These end a run: a person has to mend something first. */
const endsRun: ReadonlySet<string> = new Set(['reconnect_required', 'location_suspended', 'forbidden'])

export type SyncRunService = ReturnType<typeof createSyncRunService>

/**
 * Compares all contacts of both sides and brings them in step. Every step is kept with its position, and repeating one
 * does no harm, so a run goes on wherever it was interrupted.
 */
export function createSyncRunService(parts: {
  runs: SyncRunRepository
  snapshots: SyncSnapshotRepository
  log: SyncLogRepository
  links: SyncLinkRepository
  settingsRepository: SyncSettingsRepository
  planRun: RunPlanner
  /** Undefined where no system with contacts is connected. */
  sidesOf: (locationId: string) => Promise<OpenSides | undefined>
  alone: SyncTurns['alone']
  queueRun: (run: Pick<SyncRunRow, 'id' | 'locationId'>, transaction?: Transaction) => Promise<void>
  now: () => number
}) {
  const { runs, snapshots, log, links, settingsRepository, planRun, sidesOf, alone, queueRun, now } = parts

  type Step = { run: SyncRunRow; sides: SyncSidesOf; settings: SyncSettings }

  async function readPage({ run, sides }: Step): Promise<SyncRunRow | undefined> {
    const side = run.stage === 'reading_provider' ? 'provider' : 'crm'
    const { contacts, cursor } = await sides[side].page(run.cursor)
    const count = side === 'crm' ? 'readInCrm' : 'readInProvider'
    const counts = { ...run.counts, [count]: run.counts[count] + contacts.length }
    const next = side === 'provider' ? 'reading_crm' : 'planning'
    const stage = cursor === null ? next : run.stage
    return runs.endStep(run.id, async (tx) => {
      await snapshots.keepPage(run.id, side, contacts, tx)
      return { stage, cursor, counts }
    })
  }

  async function plan({ run, settings }: Step): Promise<SyncRunRow | undefined> {
    const isDry = run.kind === 'dry'
    const end = isDry ? ({ state: 'done', finishedAt: new Date(now()) } as const) : {}
    return runs.endStep(run.id, async (tx) => {
      const tell = (rows: readonly PlanRow[]) => log.insertAll(rowsOf(run, rows), tx)
      const counts = await planRun(run, settings, tx, tell)
      await snapshots.forgetRead(run.id, tx)
      return { stage: 'applying', cursor: null, counts, ...end }
    })
  }

  function rowsOf(run: SyncRunRow, rows: readonly PlanRow[]): NewSyncLogRow[] {
    const at = new Date(now())
    const { locationId, id: runId } = run
    const origin: SyncOrigin = run.origin === 'daily' ? 'daily' : 'run'
    // What is left alone each day is not told each day.
    const told = rows.filter(
      ({ action, reason }) => run.origin !== 'daily' || action !== 'skip' || reason === 'deleted',
    )
    const asRow = (row: PlanRow): NewSyncLogRow => {
      const isWork = row.action === 'create' || row.action === 'update' || row.reason === 'deleted'
      return { ...row, locationId, runId, origin, at, state: isWork ? 'planned' : 'left' }
    }
    return told.map(asRow)
  }

  async function apply({ run, sides, settings }: Step): Promise<SyncRunRow | undefined> {
    const items = await log.listPlanned(run.id, itemsAtOnce)
    const syncPair = createPairSync({ links, sides, settings })
    const lines = Array.from({ length: itemsAbreast }, async (_, line) => {
      for (const item of items.filter((_item, place) => place % itemsAbreast === line)) {
        await applyItem(item, syncPair)
      }
    })
    const failures = (await Promise.allSettled(lines)).filter(({ status }) => status === 'rejected')
    const counts = { ...run.counts, ...(await log.countStates(run.id)) }
    const isDone = items.length === 0
    const end = isDone ? ({ state: 'done', finishedAt: new Date(now()) } as const) : {}
    const ended = await runs.endStep(run.id, async (tx) => {
      if (isDone) await settingsRepository.markRun(run.locationId, run.startedAt, tx)
      return { counts, ...end }
    })
    for (const failure of failures) if (failure.status === 'rejected') throw failure.reason
    return ended
  }

  async function applyItem(item: SyncLogRow, syncPair: ReturnType<typeof createPairSync>): Promise<void> {
    try {
      const outcome = await again(() => syncPair(item))
      if (outcome.kind === 'duplicate') {
        const proposals: NewDuplicate[] = [proposalRow(outcome.proposal)]
        await log.duplicates.propose(item.locationId, proposals)
      }
      await log.change(item.id, outcomeRow(outcome, item))
    } catch (error) {
      if (!(error instanceof AppError) || error.retryable || isOver(error)) throw error
      await log.change(item.id, { state: 'failed', code: error.code })
    }
  }

  /** Another process may have gone on with it meanwhile. @returns undefined where it has ended */
  async function takeStep(
    locationId: string,
    runId: string,
    sides: OpenSides | undefined,
  ): Promise<SyncRunRow | undefined> {
    const run = await runs.find(locationId, runId)
    if (run?.state !== 'running') return undefined
    if (!sides || !(await sides.isOpen())) {
      throw new AppError('conflict', 'No system with contacts is connected.')
    }
    return step(run, sides)
  }

  async function step(run: SyncRunRow, sides: SyncSidesOf): Promise<SyncRunRow | undefined> {
    const { settings } = await settingsRepository.find(run.locationId)
    const given = { run, sides, settings }
    if (run.stage === 'planning') return plan(given)
    return run.stage === 'applying' ? apply(given) : readPage(given)
  }

  return {
    /** @returns undefined where another one has not ended */
    start: (locationId: string, kind: SyncRunRow['kind'], origin: SyncRunRow['origin']) => {
      const run = { id: randomUUID(), locationId, kind, origin }
      return runs.create(run, (transaction) => queueRun(run, transaction))
    },

    /** Runs that nobody has gone on with for long: their job was given up. */
    async queueStale(): Promise<void> {
      for (const run of await runs.takeStale(new Date(now() - staleAfterMs))) await queueRun(run)
    },

    /** Goes on with a run for a while, and sees to it that it is gone on with. What has ended is left alone. */
    async goOn(locationId: string, runId: string): Promise<void> {
      const until = performance.now() + stepsForMs
      let turn
      try {
        const sides = await sidesOf(locationId)
        // Between two steps, others have their turn.
        do turn = await alone(locationId, () => takeStep(locationId, runId, sides))
        while (turn?.result?.state === 'running' && performance.now() < until)
      } catch (error) {
        const code = error instanceof AppError ? error.code : 'internal'
        const isFinal = error instanceof AppError && !error.retryable
        if (isFinal) await fail(locationId, runId, code)
        else await runs.noteProblem(runId, code)
        throw error
      }
      if (!turn || turn.result?.state === 'running') await queueRun({ id: runId, locationId })
    },
  }

  async function fail(locationId: string, id: string, problem: string): Promise<void> {
    const finishedAt = new Date(now())
    await runs.changeState({ locationId, id }, ['running'], { state: 'failed', problem, finishedAt }, (tx) =>
      snapshots.forgetRead(id, tx),
    )
  }
}

const isOver = (error: AppError): boolean => endsRun.has(error.code) || areCredentialsRefused(error)

/** After a lost answer both sides are read again: what was done is found, what was not is done. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'outcome_unknown') return run()
    throw error
  }
}
