import { and, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { SyncSide } from '../../shared/sync-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { syncSnapshots } from '../storage/sync-schema.ts'
import type { ContactKey } from './contact-matching.ts'
import type { SideContact } from './sync-side.ts'

const contactSchema = z.object({
  id: z.string(),
  phone: z.nullable(z.string()),
  email: z.nullable(z.string()),
  updatedAtMs: z.number(),
  fields: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
  hasUnnamedTags: z.optional(z.boolean()),
})

export type SyncSnapshotRepository = ReturnType<typeof createSyncSnapshotRepository>

/** What runs have read so far; gone when they end. */
export function createSyncSnapshotRepository({ db }: { db: Db }) {
  return {
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

    /** What all contacts that a run read are matched by. */
    listKeys: (runId: string, side: SyncSide): Promise<ContactKey[]> =>
      db
        .select({
          id: syncSnapshots.contactId,
          phone: sql<string | null>`${syncSnapshots.contact} ->> 'phone'`,
          email: sql<string | null>`${syncSnapshots.contact} ->> 'email'`,
        })
        .from(syncSnapshots)
        .where(and(eq(syncSnapshots.runId, runId), eq(syncSnapshots.side, side)))
        .orderBy(syncSnapshots.contactId),

    async listRead(runId: string, side: SyncSide, contactIds: readonly string[]): Promise<SideContact[]> {
      const rows = await db
        .select({ contact: syncSnapshots.contact })
        .from(syncSnapshots)
        .where(
          and(
            eq(syncSnapshots.runId, runId),
            eq(syncSnapshots.side, side),
            inArray(syncSnapshots.contactId, [...contactIds]),
          ),
        )
        .orderBy(syncSnapshots.contactId)
      return rows.map(({ contact }) => contactSchema.parse(contact))
    },

    async forgetRead(runId: string, within: Db | Transaction = db): Promise<void> {
      await within.delete(syncSnapshots).where(eq(syncSnapshots.runId, runId))
    },
  }
}
