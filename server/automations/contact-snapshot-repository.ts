import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Db, Transaction } from '../storage/database.ts'
import { contactLearnings, contactSnapshots } from '../storage/automation-schema.ts'
import { installations } from '../storage/schema.ts'
import type { ContactSnapshot } from './contact-changes.ts'

export type Learning = typeof contactLearnings.$inferSelect
export type ContactSnapshotRepository = ReturnType<typeof createContactSnapshotRepository>

/** What is remembered of contacts so that a webhook, which tells only how they are, shows what changed. */
export function createContactSnapshotRepository({ db, now }: { db: Db; now: () => number }) {
  async function learningOf(locationId: string, transaction: Transaction): Promise<Learning | undefined> {
    const [row] = await transaction
      .select()
      .from(contactLearnings)
      .where(eq(contactLearnings.locationId, locationId))
    return row
  }

  const areOf = (locationId: string, contactIds: readonly string[]) =>
    and(eq(contactSnapshots.locationId, locationId), inArray(contactSnapshots.contactId, [...contactIds]))

  /** @param set what becomes of the contacts that are remembered already */
  async function insertAll(
    locationId: string,
    snapshots: readonly ContactSnapshot[],
    transaction: Transaction,
    set: Partial<Record<'fieldHashes' | 'tags' | 'seenAt', SQL>>,
  ): Promise<void> {
    if (snapshots.length === 0) return
    await transaction
      .insert(contactSnapshots)
      .values(snapshots.map((snapshot) => rowOf(locationId, snapshot)))
      .onConflictDoUpdate({ target: [contactSnapshots.locationId, contactSnapshots.contactId], set })
  }

  return {
    /** Runs `work` while nobody else compares this location's contacts. All of it is kept, or nothing. */
    inOrder<T>(locationId: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
      return db.transaction(async (transaction) => {
        await transaction.execute(
          sql`select pg_advisory_xact_lock(hashtextextended(${`wrapup_snapshots/${locationId}`}, 0))`,
        )
        return work(transaction)
      })
    },

    async listFor(
      locationId: string,
      contactIds: readonly string[],
      transaction: Transaction,
    ): Promise<Map<string, ContactSnapshot>> {
      if (contactIds.length === 0) return new Map()
      const rows = await transaction.select().from(contactSnapshots).where(areOf(locationId, contactIds))
      return new Map(rows.map((row) => [row.contactId, row]))
    },

    putAll: (locationId: string, snapshots: readonly ContactSnapshot[], transaction: Transaction) =>
      insertAll(locationId, snapshots, transaction, {
        fieldHashes: sql`excluded.field_hashes`,
        tags: sql`excluded.tags`,
        seenAt: sql`excluded.seen_at`,
      }),

    /** Only adds: what an event has told is not overwritten by what a list shows. */
    addAll: (locationId: string, snapshots: readonly ContactSnapshot[], transaction: Transaction) =>
      insertAll(locationId, snapshots, transaction, {
        fieldHashes: sql`excluded.field_hashes || ${contactSnapshots.fieldHashes}`,
        tags: sql`coalesce(${contactSnapshots.tags}, excluded.tags)`,
      }),

    async removeAll(
      locationId: string,
      contactIds: readonly string[],
      transaction: Transaction,
    ): Promise<void> {
      if (contactIds.length === 0) return
      await transaction.delete(contactSnapshots).where(areOf(locationId, contactIds))
    },

    /** What nobody watches any more would be out of date by the time somebody does again. */
    async keepOnly(
      locationId: string,
      fields: ReadonlySet<string>,
      tags: boolean,
      transaction: Transaction,
    ): Promise<void> {
      const ofLocation = eq(contactSnapshots.locationId, locationId)
      if (fields.size === 0 && !tags) {
        await transaction.delete(contactSnapshots).where(ofLocation)
        return
      }
      const kept = sql`(
        select coalesce(jsonb_object_agg(field, hash), '{}'::jsonb)
        from jsonb_each(${contactSnapshots.fieldHashes}) as told (field, hash)
        where field = any(${sql.param([...fields])}::text[]))`
      await transaction
        .update(contactSnapshots)
        .set({ fieldHashes: kept, ...(tags ? {} : { tags: null }) })
        .where(ofLocation)
    },

    learningOf,

    /** Looking through begins; snapshots of an earlier installation go. */
    async beginLearning(locationId: string, installationId: string, transaction: Transaction): Promise<void> {
      const triedAt = new Date(now())
      const known = await learningOf(locationId, transaction)
      if (known && known.installationId !== installationId) {
        await transaction.delete(contactSnapshots).where(eq(contactSnapshots.locationId, locationId))
      }
      const fields = known?.installationId === installationId ? known.fields : []
      await transaction
        .insert(contactLearnings)
        .values({ locationId, installationId, fields, triedAt })
        .onConflictDoUpdate({
          target: contactLearnings.locationId,
          set: { installationId, fields, triedAt },
        })
    },

    /** Of these fields every contact has been seen. */
    async setLearned(
      locationId: string,
      fields: readonly string[],
      within: Db | Transaction = db,
    ): Promise<void> {
      await within
        .update(contactLearnings)
        .set({ fields: [...fields] })
        .where(eq(contactLearnings.locationId, locationId))
    },

    /** All of locations that the app is no longer installed in. */
    async prune(): Promise<void> {
      const isGone = sql`${installations.status} = 'uninstalled'`
      const gone = db
        .select({ id: installations.locationId })
        .from(installations)
        .where(and(eq(installations.kind, 'location'), isGone))
      await db.delete(contactSnapshots).where(inArray(contactSnapshots.locationId, gone))
      await db.delete(contactLearnings).where(inArray(contactLearnings.locationId, gone))
    },
  }
}

function rowOf(locationId: string, { contactId, fieldHashes, tags, seenAt }: ContactSnapshot) {
  return { locationId, contactId, fieldHashes: { ...fieldHashes }, tags: tags && [...tags], seenAt }
}
