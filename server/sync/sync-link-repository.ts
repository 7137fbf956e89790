import { and, count, eq, inArray, not, or, sql } from 'drizzle-orm'
import type { SyncSide } from '../../shared/sync-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { syncLinks } from '../storage/sync-schema.ts'

export type SyncLink = typeof syncLinks.$inferSelect

export type LinkKey = Pick<SyncLink, 'crmContactId' | 'providerContactId' | 'isGone'>

/** What is kept of a pair that was made the same. */
export type LinkedPair = Pick<
  SyncLink,
  | 'crmContactId'
  | 'providerContactId'
  | 'crmValues'
  | 'providerValues'
  | 'crmTags'
  | 'providerTags'
  | 'crmHash'
  | 'providerHash'
  | 'crmUpdatedAt'
  | 'providerUpdatedAt'
>

/** Rows of one statement; a row has a dozen parameters, and a statement takes 65,535. */
const rowsAtOnce = 500

export type SyncLinkRepository = ReturnType<typeof createSyncLinkRepository>

export function createSyncLinkRepository({ db, now }: { db: Db; now: () => number }) {
  const columnOf = (side: SyncSide) => (side === 'crm' ? syncLinks.crmContactId : syncLinks.providerContactId)
  const newest = Object.fromEntries(
    [
      ['crmValues', 'crm_values'],
      ['providerValues', 'provider_values'],
      ['crmTags', 'crm_tags'],
      ['providerTags', 'provider_tags'],
      ['crmHash', 'crm_hash'],
      ['providerHash', 'provider_hash'],
      ['crmUpdatedAt', 'crm_updated_at'],
      ['providerUpdatedAt', 'provider_updated_at'],
      ['syncedAt', 'synced_at'],
      ['isGone', 'is_gone'],
    ].map(([name, column]) => [name, sql.raw(`excluded.${column}`)]),
  )

  return {
    /** Who belongs to whom, without what is kept of them. */
    listKeys: (locationId: string): Promise<LinkKey[]> =>
      db
        .select({
          crmContactId: syncLinks.crmContactId,
          providerContactId: syncLinks.providerContactId,
          isGone: syncLinks.isGone,
        })
        .from(syncLinks)
        .where(eq(syncLinks.locationId, locationId)),

    async count(locationId: string): Promise<number> {
      const [row] = await db
        .select({ total: count() })
        .from(syncLinks)
        .where(eq(syncLinks.locationId, locationId))
      return row?.total ?? 0
    },

    async findBy(locationId: string, side: SyncSide, contactId: string): Promise<SyncLink | undefined> {
      const [row] = await db
        .select()
        .from(syncLinks)
        .where(and(eq(syncLinks.locationId, locationId), eq(columnOf(side), contactId)))
      return row
    },

    findAllBy: (
      locationId: string,
      side: SyncSide,
      contactIds: readonly string[],
      within: Db | Transaction = db,
    ): Promise<SyncLink[]> =>
      within
        .select()
        .from(syncLinks)
        .where(and(eq(syncLinks.locationId, locationId), inArray(columnOf(side), [...contactIds]))),

    /** Both say the same now. */
    async saveAll(
      locationId: string,
      pairs: readonly LinkedPair[],
      within: Db | Transaction = db,
    ): Promise<void> {
      const syncedAt = new Date(now())
      const asRow = (pair: LinkedPair) => ({ ...pair, locationId, syncedAt, isGone: false })
      for (let start = 0; start < pairs.length; start += rowsAtOnce) {
        const rows = pairs.slice(start, start + rowsAtOnce)
        await within
          .insert(syncLinks)
          .values(rows.map(asRow))
          .onConflictDoUpdate({ target: [syncLinks.locationId, syncLinks.crmContactId], set: newest })
      }
    },

    /**
     * Links to what was deleted give way.
     * @returns false where one of them is linked to another one
     */
    async join(locationId: string, crmContactId: string, providerContactId: string): Promise<boolean> {
      const ids = and(
        eq(syncLinks.crmContactId, crmContactId),
        eq(syncLinks.providerContactId, providerContactId),
      )
      const either = or(
        eq(syncLinks.crmContactId, crmContactId),
        eq(syncLinks.providerContactId, providerContactId),
      )
      const ofLocation = eq(syncLinks.locationId, locationId)
      return db.transaction(async (tx) => {
        const others = and(ofLocation, either, not(syncLinks.isGone), not(ids ?? sql`false`))
        if ((await tx.$count(syncLinks, others)) > 0) return false
        await tx.delete(syncLinks).where(and(ofLocation, either, syncLinks.isGone))
        await tx
          .insert(syncLinks)
          .values({ locationId, crmContactId, providerContactId, syncedAt: new Date(now()) })
          .onConflictDoNothing()
        return (await tx.$count(syncLinks, and(ofLocation, ids))) > 0
      })
    },

    async markGone(id: number): Promise<void> {
      await db
        .update(syncLinks)
        .set({ isGone: true, syncedAt: new Date(now()) })
        .where(eq(syncLinks.id, id))
    },
  }
}
