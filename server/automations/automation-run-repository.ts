import { and, desc, eq, gt, inArray, isNotNull, lt, ne, sql } from 'drizzle-orm'
import type { RuleRunReason, RuleTriggerKind } from '../../shared/automation-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { automationRules, automationRuns } from '../storage/automation-schema.ts'
import { AppError } from '../errors.ts'

const dayMs = 24 * 3_600_000
const keptMs = 30 * dayMs

export type RuleRunRow = typeof automationRuns.$inferSelect

/** A rule and what set it off. */
export type NewRun = {
  ruleId: string
  contactId: string
  trigger: RuleTriggerKind
  occasion: string
  eventAt: Date
  /** Why nothing is to be made; null where something is. */
  skipped: RuleRunReason | null
}

export type RunEnd = {
  state: 'created' | 'skipped' | 'failed'
  reason: RuleRunReason | null
  taskId?: string
}

const isOpen = inArray(automationRuns.state, ['waiting', 'creating'])

export type AutomationRunRepository = ReturnType<typeof createAutomationRunRepository>

/** What each rule did on each occasion: written down before anything is made. */
export function createAutomationRunRepository({ db, now }: { db: Db; now: () => number }) {
  async function change(id: number, fields: Partial<typeof automationRuns.$inferInsert>): Promise<void> {
    await db
      .update(automationRuns)
      .set({ ...fields, updatedAt: new Date(now()) })
      .where(eq(automationRuns.id, id))
  }

  /** Whether the rule may make one more within 24 hours, besides this one. */
  async function hasRoom(
    run: RuleRunRow,
    dailyLimit: number,
    within: Db | Transaction = db,
  ): Promise<boolean> {
    const others = and(
      eq(automationRuns.ruleId, run.ruleId),
      inArray(automationRuns.state, ['creating', 'created']),
      gt(automationRuns.updatedAt, new Date(now() - dayMs)),
      ne(automationRuns.id, run.id),
    )
    return (await within.$count(automationRuns, others)) < dailyLimit
  }

  return {
    hasRoom,

    /** @returns the ids of those that are to be worked on; an occasion that is known already is none */
    async record(locationId: string, runs: readonly NewRun[], transaction: Transaction): Promise<number[]> {
      if (runs.length === 0) return []
      const at = new Date(now())
      const rows = await transaction
        .insert(automationRuns)
        .values(
          runs.map(({ skipped, ...run }) => ({
            ...run,
            locationId,
            state: skipped === null ? ('waiting' as const) : ('skipped' as const),
            reason: skipped,
            createdAt: at,
            updatedAt: at,
          })),
        )
        .onConflictDoNothing()
        .returning({ id: automationRuns.id, state: automationRuns.state })
      return rows.flatMap(({ id, state }) => (state === 'waiting' ? id : []))
    },

    /**
     * Takes a run for `leaseMs`.
     * @returns undefined where it has ended
     * @throws {AppError} `conflict` while another process works on it
     */
    claim(id: number, leaseMs: number): Promise<RuleRunRow | undefined> {
      return db.transaction(async (transaction) => {
        const [run] = await transaction
          .select()
          .from(automationRuns)
          .where(eq(automationRuns.id, id))
          .for('update')
        if (!run || (run.state !== 'waiting' && run.state !== 'creating')) return undefined
        if (run.busyUntil && run.busyUntil.getTime() > now()) {
          throw new AppError('conflict', 'Another process works on this.', { retryable: true })
        }
        const busyUntil = new Date(now() + leaseMs)
        await transaction.update(automationRuns).set({ busyUntil }).where(eq(automationRuns.id, id))
        return run
      })
    },

    /**
     * Before the call: from now on the task may be there.
     * @returns false where the rule has made as many as it may within 24 hours
     */
    begin(run: RuleRunRow, taskHash: string, dailyLimit: number): Promise<boolean> {
      return db.transaction(async (transaction) => {
        // One at a time counts for a rule.
        await transaction
          .select({ id: automationRules.id })
          .from(automationRules)
          .where(eq(automationRules.id, run.ruleId))
          .for('update')
        if (!(await hasRoom(run, dailyLimit, transaction))) return false
        await transaction
          .update(automationRuns)
          .set({ state: 'creating', taskHash, updatedAt: new Date(now()) })
          .where(eq(automationRuns.id, run.id))
        return true
      })
    },

    end: (id: number, { state, reason, taskId }: RunEnd) =>
      change(id, { state, reason, busyUntil: null, ...(taskId === undefined ? {} : { taskId }) }),

    /** Provably nothing was made; whoever took the run still has it. */
    putBack: (id: number) => change(id, { state: 'waiting', taskHash: null }),

    /** Somebody may go on at once. */
    release: (id: number) => change(id, { busyUntil: null }),

    /** Those that nobody has worked on since `before`; each is told of once in a while. */
    takeStale: (before: Date, transaction: Transaction): Promise<Pick<RuleRunRow, 'id' | 'locationId'>[]> =>
      transaction
        .update(automationRuns)
        .set({ updatedAt: new Date(now()) })
        .where(and(isOpen, lt(automationRuns.updatedAt, before)))
        .returning({ id: automationRuns.id, locationId: automationRuns.locationId }),

    /** What could not be made for so long is not made any more. */
    async giveUp(before: Date, transaction: Transaction): Promise<void> {
      await transaction
        .update(automationRuns)
        .set({ state: 'failed', reason: 'gave_up', busyUntil: null, updatedAt: new Date(now()) })
        .where(and(isOpen, lt(automationRuns.createdAt, before)))
    },

    /** Tasks that rules are known to have made for a contact: those are nobody else's. */
    async tasksMadeFor(locationId: string, contactId: string): Promise<Set<string>> {
      const rows = await db
        .select({ taskId: automationRuns.taskId })
        .from(automationRuns)
        .where(
          and(
            eq(automationRuns.locationId, locationId),
            eq(automationRuns.contactId, contactId),
            isNotNull(automationRuns.taskId),
          ),
        )
      return new Set(rows.flatMap(({ taskId }) => taskId ?? []))
    },

    /** The last task that a rule made for a contact. */
    async newestTaskOf(ruleId: string, contactId: string): Promise<string | undefined> {
      const [row] = await db
        .select({ taskId: automationRuns.taskId })
        .from(automationRuns)
        .where(
          and(
            eq(automationRuns.ruleId, ruleId),
            eq(automationRuns.contactId, contactId),
            isNotNull(automationRuns.taskId),
          ),
        )
        .orderBy(desc(automationRuns.id))
        .limit(1)
      return row?.taskId ?? undefined
    },

    /** By rule, of the last 24 hours. */
    async recentOf(locationId: string): Promise<Map<string, { created: number; leftOut: number }>> {
      const rows = await db
        .select({
          ruleId: automationRuns.ruleId,
          created: sql<number>`count(*) filter (where ${automationRuns.state} = 'created')`.mapWith(Number),
          leftOut: sql<number>`count(*) filter (where ${automationRuns.reason} = 'daily_limit')`.mapWith(
            Number,
          ),
        })
        .from(automationRuns)
        .where(
          and(
            eq(automationRuns.locationId, locationId),
            gt(automationRuns.updatedAt, new Date(now() - dayMs)),
          ),
        )
        .groupBy(automationRuns.ruleId)
      return new Map(rows.map(({ ruleId, ...recent }) => [ruleId, recent]))
    },

    /** Newest first. */
    list(of: {
      locationId: string
      ruleId: string | undefined
      beforeId: number | undefined
      limit: number
    }): Promise<RuleRunRow[]> {
      const { locationId, ruleId, beforeId, limit } = of
      return db
        .select()
        .from(automationRuns)
        .where(
          and(
            eq(automationRuns.locationId, locationId),
            ruleId === undefined ? undefined : eq(automationRuns.ruleId, ruleId),
            beforeId === undefined ? undefined : lt(automationRuns.id, beforeId),
          ),
        )
        .orderBy(desc(automationRuns.id))
        .limit(limit)
    },

    async prune(): Promise<void> {
      await db.delete(automationRuns).where(lt(automationRuns.createdAt, new Date(now() - keptMs)))
    },
  }
}
