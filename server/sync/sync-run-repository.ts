import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { SyncCounts, SyncRunState, SyncSide } from '../../shared/sync-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { syncRuns, syncSnapshots } from '../storage/sync-schema.ts'
import type { SideContact } from './sync-side.ts'

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

const contactSchema = z.object({
  id: z.string(),
  phone: z.nullable(z.string()),
  email: z.nullable(z.string()),
  updatedAtMs: z.number(),
  fields: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
})

export type SyncRunRepository = ReturnType<typeof createSyncRunRepository>

export function createSyncRunRepository({ db, now }: { db: Db; now: () => number }) {
  const open: SyncRunState[] = ['running', 'paused']

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
     * @returns undefined where the run was paused or cancelled meanwhile, and nothing was kept
     */
    async endStep(
      id: string,
      step: RunStep,
      work?: (transaction: Transaction) => Promise<void>,
    ): Promise<SyncRunRow | undefined> {
      return db.transaction(async (tx) => {
        const [row] = await tx
          .update(syncRuns)
          .set({ problem: null, ...step, updatedAt: new Date(now()) })
          .where(and(eq(syncRuns.id, id), eq(syncRuns.state, 'running')))
          .returning()
        if (row) await work?.(tx)
        return row
      })
    },

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

    async hasOpen(locationId: string): Promise<boolean> {
      const [row] = await db
        .select({ id: syncRuns.id })
        .from(syncRuns)
        .where(and(eq(syncRuns.locationId, locationId), inArray(syncRuns.state, open)))
      return row !== undefined
    },

    /** What a run read; one that comes again takes the place of the first. */
    async keepPage(runId: string, side: SyncSide, contacts: readonly SideContact[], within: Transaction) {
      if (contacts.length === 0) return
      const byId = new Map(contacts.map((contact) => [contact.id, contact]))
      await within
        .insert(syncSnapshots)
        .values([...byId].map(([contactId, contact]) => ({ runId, side, contactId, contact })))
        .onConflictDoUpdate({
          target: [syncSnapshots.runId, syncSnapshots.side, syncSnapshots.contactId],
          set: { contact: sql`excluded.contact` },
        })
    },

    async listRead(runId: string, side: SyncSide): Promise<SideContact[]> {
      const rows = await db
        .select({ contact: syncSnapshots.contact })
        .from(syncSnapshots)
        .where(and(eq(syncSnapshots.runId, runId), eq(syncSnapshots.side, side)))
        .orderBy(syncSnapshots.contactId)
      return rows.map(({ contact }) => contactSchema.parse(contact))
    },

    async forgetRead(runId: string, within: Db | Transaction = db): Promise<void> {
      await within.delete(syncSnapshots).where(eq(syncSnapshots.runId, runId))
    },
  }
}
