import { createHash } from 'node:crypto'
import { and, asc, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { SyncLogQuery } from '../../shared/sync-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { syncDuplicates, syncLog } from '../storage/sync-schema.ts'

export type SyncLogRow = typeof syncLog.$inferSelect
export type NewSyncLogRow = Omit<typeof syncLog.$inferInsert, 'id'>
export type DuplicateRow = typeof syncDuplicates.$inferSelect
export type NewDuplicate = Pick<DuplicateRow, 'crmContactIds' | 'providerContactIds' | 'reason'>

const rowsAtOnce = 500
const duplicatesShown = 100

export type SyncLogRepository = ReturnType<typeof createSyncLogRepository>

/** Short, however many they are: an index takes no long keys. */
const keyOf = ({ crmContactIds, providerContactIds }: NewDuplicate): string =>
  createHash('sha256')
    .update(JSON.stringify([crmContactIds.toSorted(), providerContactIds.toSorted()]))
    .digest('base64url')

export function createSyncLogRepository({ db, now }: { db: Db; now: () => number }) {
  function only(kind: SyncLogQuery['only']) {
    if (kind === undefined) return undefined
    if (kind === 'failed') return eq(syncLog.state, 'failed')
    return kind === 'conflict' ? eq(syncLog.isConflict, true) : eq(syncLog.action, kind)
  }

  return {
    async insertAll(rows: readonly NewSyncLogRow[], within: Db | Transaction = db): Promise<void> {
      for (let start = 0; start < rows.length; start += rowsAtOnce) {
        await within.insert(syncLog).values(rows.slice(start, start + rowsAtOnce))
      }
    },

    async change(id: number, fields: Partial<NewSyncLogRow>): Promise<void> {
      await db
        .update(syncLog)
        .set({ ...fields, at: new Date(now()) })
        .where(eq(syncLog.id, id))
    },

    /** What a run has still to do. */
    listPlanned: (runId: string, limit: number): Promise<SyncLogRow[]> =>
      db
        .select()
        .from(syncLog)
        .where(
          and(
            eq(syncLog.runId, runId),
            eq(syncLog.state, 'planned'),
            inArray(syncLog.action, ['create', 'update', 'skip']),
          ),
        )
        .orderBy(asc(syncLog.id))
        .limit(limit),

    async countStates(runId: string): Promise<{ done: number; failed: number }> {
      const [row] = await db
        .select({
          done: sql<number>`count(*) filter (where ${syncLog.state} = 'done')`.mapWith(Number),
          failed: sql<number>`count(*) filter (where ${syncLog.state} = 'failed')`.mapWith(Number),
        })
        .from(syncLog)
        .where(eq(syncLog.runId, runId))
      return row ?? { done: 0, failed: 0 }
    },

    /** Newest first. */
    list(
      locationId: string,
      query: Pick<SyncLogQuery, 'runId' | 'only'>,
      beforeId: number | undefined,
      limit: number,
    ) {
      return db
        .select()
        .from(syncLog)
        .where(
          and(
            eq(syncLog.locationId, locationId),
            query.runId === undefined ? undefined : eq(syncLog.runId, query.runId),
            only(query.only),
            beforeId === undefined ? undefined : lt(syncLog.id, beforeId),
          ),
        )
        .orderBy(desc(syncLog.id))
        .limit(limit)
    },

    async find(locationId: string, id: number): Promise<SyncLogRow | undefined> {
      const [row] = await db
        .select()
        .from(syncLog)
        .where(and(eq(syncLog.locationId, locationId), eq(syncLog.id, id)))
      return row
    },

    async prune(before: Date): Promise<void> {
      await db.delete(syncLog).where(lt(syncLog.at, before))
    },

    duplicates: {
      /** Those that nobody decided on yet. */
      listOpen: (locationId: string): Promise<DuplicateRow[]> =>
        db
          .select()
          .from(syncDuplicates)
          .where(and(eq(syncDuplicates.locationId, locationId), eq(syncDuplicates.state, 'open')))
          .orderBy(asc(syncDuplicates.id))
          .limit(duplicatesShown),

      listApart: (locationId: string): Promise<DuplicateRow[]> =>
        db
          .select()
          .from(syncDuplicates)
          .where(and(eq(syncDuplicates.locationId, locationId), eq(syncDuplicates.state, 'apart'))),

      /** @returns how many of them are new */
      async propose(
        locationId: string,
        found: readonly NewDuplicate[],
        within: Db | Transaction = db,
      ): Promise<number> {
        let newOnes = 0
        const at = new Date(now())
        const asOpen = (row: NewDuplicate) => ({
          ...row,
          locationId,
          key: keyOf(row),
          state: 'open' as const,
          at,
        })
        for (let start = 0; start < found.length; start += rowsAtOnce) {
          const rows = found.slice(start, start + rowsAtOnce)
          const inserted = await within
            .insert(syncDuplicates)
            .values(rows.map(asOpen))
            .onConflictDoNothing()
            .returning({ id: syncDuplicates.id })
          newOnes += inserted.length
        }
        return newOnes
      },

      /** Proposals that a whole comparison did not come upon again. */
      async dropOthers(locationId: string, found: readonly NewDuplicate[], within: Db | Transaction) {
        const keys = found.map(keyOf)
        await within
          .delete(syncDuplicates)
          .where(
            and(
              eq(syncDuplicates.locationId, locationId),
              eq(syncDuplicates.state, 'open'),
              sql`${syncDuplicates.key} <> all(${sql.param(keys)}::text[])`,
            ),
          )
      },

      /** @returns the proposal, or undefined where there is no open one */
      async decide(
        locationId: string,
        id: number,
        state: 'linked' | 'apart',
      ): Promise<DuplicateRow | undefined> {
        const [row] = await db
          .update(syncDuplicates)
          .set({ state, at: new Date(now()) })
          .where(
            and(
              eq(syncDuplicates.locationId, locationId),
              eq(syncDuplicates.id, id),
              eq(syncDuplicates.state, 'open'),
            ),
          )
          .returning()
        return row
      },
    },
  }
}
