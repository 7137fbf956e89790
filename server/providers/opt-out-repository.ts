import { and, eq, sql } from 'drizzle-orm'
import type { ProviderName } from '../../shared/provider-contract.ts'
import type { Db } from '../storage/database.ts'
import { optOuts } from '../storage/provider-schema.ts'

export type OptOut = typeof optOuts.$inferSelect

export type OptOutRepository = ReturnType<typeof createOptOutRepository>

/** The local list of who wants no texts. */
export function createOptOutRepository({ db }: { db: Db }) {
  return {
    async find(locationId: string, phone: string): Promise<OptOut | undefined> {
      const [row] = await db
        .select()
        .from(optOuts)
        .where(and(eq(optOuts.locationId, locationId), eq(optOuts.phone, phone)))
      return row
    },

    /** What is older than what is known changes nothing. */
    async set(
      locationId: string,
      phone: string,
      { source, isOptedOut, at }: { source: ProviderName; isOptedOut: boolean; at: Date },
    ): Promise<void> {
      const fields = { source, isOptedOut, at }
      await db
        .insert(optOuts)
        .values({ locationId, phone, ...fields })
        .onConflictDoUpdate({
          target: [optOuts.locationId, optOuts.phone],
          set: fields,
          setWhere: sql`${optOuts.at} <= ${at.toISOString()}`,
        })
    },
  }
}
