import { and, eq, isNull, lte, or } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { pendingInstalls } from '../storage/schema.ts'

export type PendingInstallRepository = ReturnType<typeof createPendingInstallRepository>

/** INSTALLs of locations that came before the token which brings them in. */
export function createPendingInstallRepository({ db }: { db: Db }) {
  return {
    async add(locationId: string, companyId: string | null, installedAt: Date): Promise<void> {
      const pending = { companyId, installedAt }
      await db
        .insert(pendingInstalls)
        .values({ locationId, ...pending })
        .onConflictDoUpdate({ target: pendingInstalls.locationId, set: pending })
    },

    /** Also those whose company is not known. */
    listOf(companyId: string) {
      return db
        .select()
        .from(pendingInstalls)
        .where(or(eq(pendingInstalls.companyId, companyId), isNull(pendingInstalls.companyId)))
    },

    async remove(locationId: string): Promise<void> {
      await db.delete(pendingInstalls).where(eq(pendingInstalls.locationId, locationId))
    },

    /** What was installed at `at` or before, of a location or of a company. */
    async forget(owner: { locationId: string } | { companyId: string }, at: Date): Promise<void> {
      const owned =
        'locationId' in owner
          ? eq(pendingInstalls.locationId, owner.locationId)
          : eq(pendingInstalls.companyId, owner.companyId)
      await db.delete(pendingInstalls).where(and(owned, lte(pendingInstalls.installedAt, at)))
    },
  }
}
