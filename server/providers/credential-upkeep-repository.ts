import { and, asc, eq, gt, not, or, sql } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { providerConnections } from '../storage/provider-schema.ts'
import { installations } from '../storage/schema.ts'
import { tellingOfConnection, toConnection } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

const { id, locationId, credentials, webhookSecret } = providerConnections

export type SealedParts = Pick<StoredConnection, 'credentials' | 'webhookSecret'>

export type CredentialUpkeepRepository = ReturnType<typeof createCredentialUpkeepRepository>

/** What the upkeep of stored credentials looks for. */
export function createCredentialUpkeepRepository({ db, now }: { db: Db; now: () => number }) {
  return {
    /** Whose credentials or secret do not begin with `prefix`; by id, a page at a time. */
    async listSealedOtherwise(prefix: string, afterId: string, limit: number): Promise<StoredConnection[]> {
      const otherwise = or(
        not(sql`starts_with(${credentials}, ${prefix})`),
        not(sql`starts_with(${webhookSecret}, ${prefix})`),
      )
      const rows = await db
        .select()
        .from(providerConnections)
        .where(and(gt(id, afterId), otherwise))
        .orderBy(asc(id))
        .limit(limit)
      return rows.map(toConnection)
    },

    /** @returns false when the row holds others by now, and nothing was changed */
    async replaceSealed(rowId: string, before: SealedParts, after: SealedParts): Promise<boolean> {
      const unchanged = sql`${credentials} = ${before.credentials} and ${webhookSecret} is not distinct from ${before.webhookSecret}`
      const changed = await db
        .update(providerConnections)
        .set({ ...after, updatedAt: new Date(now()) })
        .where(and(eq(id, rowId), unchanged))
        .returning(tellingOfConnection)
      return changed.length > 0
    },

    /** Locations that keep a connection although the app is not installed in them any more. */
    async listUninstalled(): Promise<string[]> {
      const isGone = and(
        eq(installations.kind, 'location'),
        eq(installations.locationId, locationId),
        eq(installations.status, 'uninstalled'),
      )
      const rows = await db
        .selectDistinct({ locationId })
        .from(providerConnections)
        .innerJoin(installations, isGone)
      return rows.map((row) => row.locationId)
    },
  }
}
