import { and, eq, gte, inArray, lt } from 'drizzle-orm'
import type { Db, Transaction } from '../storage/database.ts'
import { ownChanges } from '../storage/automation-schema.ts'

/** How long the echo of a change of our own may take. */
const keptMs = 15 * 60_000

export type OwnChangeRepository = ReturnType<typeof createOwnChangeRepository>

/** What Wrapup itself changes of contacts, so that the echo of it is nobody's change. */
export function createOwnChangeRepository({ db, now }: { db: Db; now: () => number }) {
  return {
    /** Written before the change is made, whatever becomes of it. */
    async note(locationId: string, contactId: string, names: readonly string[]): Promise<void> {
      if (names.length === 0) return
      const at = new Date(now())
      await db
        .insert(ownChanges)
        .values([...new Set(names)].map((what) => ({ locationId, contactId, what, at })))
        .onConflictDoUpdate({
          target: [ownChanges.locationId, ownChanges.contactId, ownChanges.what],
          set: { at },
        })
    },

    /** @returns by contact what Wrapup changed of late */
    async listFor(
      locationId: string,
      contactIds: readonly string[],
      transaction: Transaction,
    ): Promise<Map<string, Set<string>>> {
      if (contactIds.length === 0) return new Map()
      const rows = await transaction
        .select({ contactId: ownChanges.contactId, what: ownChanges.what })
        .from(ownChanges)
        .where(
          and(
            eq(ownChanges.locationId, locationId),
            inArray(ownChanges.contactId, [...contactIds]),
            gte(ownChanges.at, new Date(now() - keptMs)),
          ),
        )
      const byContact = Map.groupBy(rows, ({ contactId }) => contactId)
      return new Map([...byContact].map(([id, own]) => [id, new Set(own.map(({ what }) => what))]))
    },

    async prune(): Promise<void> {
      await db.delete(ownChanges).where(lt(ownChanges.at, new Date(now() - keptMs)))
    },
  }
}
