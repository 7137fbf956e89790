import { and, desc, eq, inArray, lt, TransactionRollbackError } from 'drizzle-orm'
import type { SyncCounts, SyncRunState } from '../../shared/sync-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { syncRuns, syncSnapshots } from '../storage/sync-schema.ts'

export type SyncRunRow = typeof syncRuns.$inferSelect
export type RunStep = Partial<
  Pick<SyncRunRow, 'stage' | 'cursor' | 'counts' | 'state' | 'finishedAt' | 'problem'>
>

export const emptyCounts: SyncCounts = {
  readInProvider: 0,
  readInCrm: 0,
  createInCrm: 0,
  createInProvider: 0,
  update: 0,
  conflict: 0,
  skip: 0,
  duplicate: 0,
  same: 0,
  done: 0,
  failed: 0,
}

export type SyncRunRepository = ReturnType<typeof createSyncRunRepository>

export function createSyncRunRepository({ db, now }: { db: Db; now: () => number }) {
  return {
    /** @returns undefined where a run of this location has not ended yet */
    async create(
      run: Pick<SyncRunRow, 'id' | 'locationId' | 'kind' | 'origin'>,
      queue: (transaction: Transaction) => Promise<void>,
    ): Promise<SyncRunRow | undefined> {
      const at = new Date(now())
      return db.transaction(async (tx) => {
        const [row] = await tx
          .insert(syncRuns)
          .values({
            ...run,
            state: 'running',
            stage: 'reading_provider',
            counts: emptyCounts,
            startedAt: at,
            updatedAt: at,
          })
          .onConflictDoNothing()
          .returning()
        if (row) await queue(tx)
        return row
      })
    },

    async find(locationId: string, id: string): Promise<SyncRunRow | undefined> {
      const [row] = await db
        .select()
        .from(syncRuns)
        .where(and(eq(syncRuns.locationId, locationId), eq(syncRuns.id, id)))
      return row
    },

    async latest(locationId: string): Promise<SyncRunRow | undefined> {
      const [row] = await db
        .select()
        .from(syncRuns)
        .where(eq(syncRuns.locationId, locationId))
        .orderBy(desc(syncRuns.startedAt))
        .limit(1)
      return row
    },

    /**
     * A step ends: what it did and where the next one begins are kept together.
     * @param work returns where the next one begins
     * @returns undefined where the run was paused or cancelled meanwhile, and nothing was kept
     */
    async endStep(
      id: string,
      work: (transaction: Transaction) => Promise<RunStep>,
    ): Promise<SyncRunRow | undefined> {
      try {
        return await db.transaction(async (tx) => {
          const step = await work(tx)
          const [row] = await tx
            .update(syncRuns)
            .set({ problem: null, ...step, updatedAt: new Date(now()) })
            .where(and(eq(syncRuns.id, id), eq(syncRuns.state, 'running')))
            .returning()
          return row ?? tx.rollback()
        })
      } catch (error) {
        if (error instanceof TransactionRollbackError) return undefined
        throw error
      }
    },

    /** Runs under way that were last gone on with before; each is told of once in a while. */
    takeStale: (before: Date): Promise<Pick<SyncRunRow, 'id' | 'locationId'>[]> =>
      db
        .update(syncRuns)
        .set({ updatedAt: new Date(now()) })
        .where(and(eq(syncRuns.state, 'running'), lt(syncRuns.updatedAt, before)))
        .returning({ id: syncRuns.id, locationId: syncRuns.locationId }),

    /** Runs that were paused before, and forgotten, would hold up all others, and what they read. */
    endPaused: (before: Date): Promise<void> =>
      db.transaction(async (tx) => {
        const at = new Date(now())
        const ended = await tx
          .update(syncRuns)
          .set({ state: 'cancelled', updatedAt: at, finishedAt: at })
          .where(and(eq(syncRuns.state, 'paused'), lt(syncRuns.updatedAt, before)))
          .returning({ id: syncRuns.id })
        const ids = ended.map(({ id }) => id)
        await tx.delete(syncSnapshots).where(inArray(syncSnapshots.runId, ids))
      }),

    async noteProblem(id: string, problem: string): Promise<void> {
      await db.update(syncRuns).set({ problem }).where(eq(syncRuns.id, id))
    },

    /** @returns undefined where the run is in none of the states `from` */
    async changeState(
      { locationId, id }: Pick<SyncRunRow, 'locationId' | 'id'>,
      from: readonly SyncRunState[],
      fields: RunStep,
      work?: (transaction: Transaction) => Promise<void>,
    ): Promise<SyncRunRow | undefined> {
      return db.transaction(async (tx) => {
        const [row] = await tx
          .update(syncRuns)
          .set({ ...fields, updatedAt: new Date(now()) })
          .where(
            and(eq(syncRuns.locationId, locationId), eq(syncRuns.id, id), inArray(syncRuns.state, [...from])),
          )
          .returning()
        if (row) await work?.(tx)
        return row
      })
    },
  }
}
