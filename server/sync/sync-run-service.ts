import { randomUUID } from 'node:crypto'
import type { SyncOrigin, SyncSettings } from '../../shared/sync-contract.ts'
import { AppError } from '../errors.ts'
import type { Transaction } from '../storage/database.ts'
import { createPairSync } from './pair-sync.ts'
import type { SyncSidesOf } from './pair-task.ts'
import { planRun } from './run-plan.ts'
import type { NewDuplicate, NewSyncLogRow, SyncLogRepository, SyncLogRow } from './sync-log-repository.ts'
import { outcomeRow, proposalRow } from './sync-log-rows.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncRunRepository, SyncRunRow } from './sync-run-repository.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'

/** A job goes on from step to step for so long, then hands over to the next. */
const stepsForMs = 20_000
/** What is written in one step, and how much of it side by side. */
const itemsAtOnce = 24
const itemsAbreast = 4
/** These end a run: a person has to mend something first. */
const endsRun: ReadonlySet<string> = new Set(['reconnect_required', 'location_suspended', 'forbidden'])

export type SyncRunService = ReturnType<typeof createSyncRunService>

/**
 * Compares all contacts of both sides and brings them in step. Every step is kept with its position, and repeating one
 * does no harm, so a run goes on wherever it was interrupted.
 */
export function createSyncRunService(parts: {
  runs: SyncRunRepository
  log: SyncLogRepository
  links: SyncLinkRepository
  settingsRepository: SyncSettingsRepository
  /** Undefined where no system with contacts is connected. */
  sidesOf: (locationId: string) => Promise<SyncSidesOf | undefined>
  queueRun: (run: Pick<SyncRunRow, 'id' | 'locationId'>, transaction?: Transaction) => Promise<void>
  now: () => number
}) {
  const { runs, log, links, settingsRepository, sidesOf, queueRun, now } = parts

  type Step = { run: SyncRunRow; sides: SyncSidesOf; settings: SyncSettings }

  async function readPage({ run, sides }: Step): Promise<SyncRunRow | undefined> {
    const side = run.stage === 'reading_provider' ? 'provider' : 'crm'
    const { contacts, cursor } = await sides[side].page(run.cursor)
    const count = side === 'crm' ? 'readInCrm' : 'readInProvider'
    const counts = { ...run.counts, [count]: run.counts[count] + contacts.length }
    const next = side === 'provider' ? 'reading_crm' : 'planning'
    const stage = cursor === null ? next : run.stage
    return runs.endStep(run.id, { stage, cursor, counts }, (tx) => runs.keepPage(run.id, side, contacts, tx))
  }

  async function plan({ run, settings }: Step): Promise<SyncRunRow | undefined> {
    const { id, locationId } = run
    const crm = await runs.listRead(id, 'crm')
    const provider = await runs.listRead(id, 'provider')
    const apart = await log.duplicates.listApart(locationId)
    const planned = planRun({
      crm,
      provider,
      links: await links.listAll(locationId),
      apart: {
        crm: new Set(apart.flatMap(({ crmContactIds }) => crmContactIds)),
        provider: new Set(apart.flatMap(({ providerContactIds }) => providerContactIds)),
      },
      settings,
    })
    const found = { readInCrm: crm.length, readInProvider: provider.length }
    const counts = { ...run.counts, ...found, ...planned.counts }
    const isDry = run.kind === 'dry'
    const end = isDry ? ({ state: 'done', finishedAt: new Date(now()) } as const) : {}
    return runs.endStep(id, { stage: 'applying', cursor: null, counts, ...end }, async (tx) => {
      await log.insertAll(rowsOf(run, planned.rows), tx)
      await runs.forgetRead(id, tx)
      const proposals = planned.duplicates.map(proposalRow)
      await log.duplicates.dropOthers(locationId, proposals, tx)
      await log.duplicates.propose(locationId, proposals, tx)
      if (!isDry) await links.saveAll(locationId, planned.linkOnly, tx)
    })
  }

  function rowsOf(run: SyncRunRow, rows: ReturnType<typeof planRun>['rows']): NewSyncLogRow[] {
    const at = new Date(now())
    const { locationId, id: runId } = run
    const origin: SyncOrigin = run.origin === 'daily' ? 'daily' : 'run'
    // What is left alone each day is not told each day.
    const told = rows.filter(
      ({ action, reason }) => run.origin !== 'daily' || action !== 'skip' || reason === 'deleted',
    )
    const asRow = (row: (typeof told)[number]): NewSyncLogRow => {
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
    const ended = await runs.endStep(run.id, { counts, ...end })
    for (const failure of failures) if (failure.status === 'rejected') throw failure.reason
    if (isDone && ended) await settingsRepository.markRun(run.locationId, run.startedAt)
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

    /** Goes on with a run for a while, and sees to it that it is gone on with. */
    async goOn(locationId: string, runId: string): Promise<void> {
      const until = performance.now() + stepsForMs
      let run = await runs.find(locationId, runId)
      try {
        const sides = await sidesOf(locationId)
        if (!sides) throw new AppError('conflict', 'No system with contacts is connected.')
        while (run?.state === 'running' && performance.now() < until) run = await step(run, sides)
      } catch (error) {
        const code = error instanceof AppError ? error.code : 'internal'
        const isFinal = error instanceof AppError && !error.retryable
        if (isFinal) await fail(locationId, runId, code)
        else await runs.noteProblem(runId, code)
        throw error
      }
      if (run?.state === 'running') await queueRun({ id: runId, locationId })
    },
  }

  async function fail(locationId: string, id: string, problem: string): Promise<void> {
    const finishedAt = new Date(now())
    await runs.changeState({ locationId, id }, ['running'], { state: 'failed', problem, finishedAt }, (tx) =>
      runs.forgetRead(id, tx),
    )
  }
}

const isOver = (error: AppError): boolean =>
  endsRun.has(error.code) || (error.code === 'rejected' && isAboutCredentials(error.details))

const isAboutCredentials = (details: unknown): boolean =>
  typeof details === 'object' && details !== null && Reflect.get(details, 'reason') === 'credentials'

/** After a lost answer both sides are read again: what was done is found, what was not is done. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'outcome_unknown') return run()
    throw error
  }
}
