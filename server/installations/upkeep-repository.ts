import { and, asc, desc, eq, gt, gte, inArray, isNotNull, sql } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { installations } from '../storage/schema.ts'
import { type Installation, tellingOthers } from './installation-repository.ts'
import type { InstallationCache } from './installation-cache.ts'

const { id, kind, locationId, companyId, status, accessToken, refreshToken, updatedAt } = installations
const { refreshingSince, refreshedAt } = installations
const identity = { id, kind, locationId, companyId }

export type InstallationIdentity = Pick<Installation, 'id' | 'kind' | 'locationId' | 'companyId'>
export type SealedTokens = Pick<Installation, 'accessToken' | 'refreshToken'>

export type UpkeepRepository = ReturnType<typeof createUpkeepRepository>

/** What the upkeep of installations looks for; lists are by id, a page at a time. */
export function createUpkeepRepository({ db, cache }: { db: Db; cache: InstallationCache }) {
  /** What can be refreshed at all. */
  const living = inArray(status, ['active', 'suspended'])

  return {
    /** Whose refresh began at `since` or later and did not end, though nobody is at it; newest first. */
    async listUnsettled(since: Date, limit: number): Promise<InstallationIdentity[]> {
      return (
        db
          .select(identity)
          .from(installations)
          .where(and(isNotNull(refreshingSince), gte(refreshingSince, since), living))
          .orderBy(desc(refreshingSince))
          .limit(limit)
          // Whoever refreshes holds the row.
          .for('update', { skipLocked: true })
      )
    },

    /** Last refreshed before `before`, less up to `spreadDays` that are each installation's own. */
    async listIdle(
      before: Date,
      spreadDays: number,
      afterId: string,
      limit: number,
    ): Promise<InstallationIdentity[]> {
      const ownDays = sql`make_interval(days => (hashtext(${id}) & 2147483647) % ${spreadDays}::int)`
      return db
        .select(identity)
        .from(installations)
        .where(
          and(
            living,
            gt(id, afterId),
            sql`${refreshedAt} < ${before.toISOString()}::timestamptz - ${ownDays}`,
          ),
        )
        .orderBy(asc(id))
        .limit(limit)
    },

    /** Whose tokens do not begin with `prefix`. */
    async listSealedOtherwise(
      prefix: string,
      afterId: string,
      limit: number,
    ): Promise<(InstallationIdentity & SealedTokens & Pick<Installation, 'updatedAt'>)[]> {
      const otherwise = sql`(not starts_with(${accessToken}, ${prefix}) or not starts_with(${refreshToken}, ${prefix}))`
      return db
        .select({ ...identity, accessToken, refreshToken, updatedAt })
        .from(installations)
        .where(and(gt(id, afterId), otherwise))
        .orderBy(asc(id))
        .limit(limit)
    },

    /** @returns false when the row holds other tokens by now, and nothing was changed */
    async replaceSealed(
      rowId: string,
      before: SealedTokens,
      after: SealedTokens & Pick<Installation, 'updatedAt'>,
    ): Promise<boolean> {
      const unchanged = sql`${accessToken} is not distinct from ${before.accessToken} and ${refreshToken} is not distinct from ${before.refreshToken}`
      const changed = await db
        .update(installations)
        .set(after)
        .where(and(eq(id, rowId), unchanged))
        .returning(tellingOthers)
      for (const { key } of changed) cache.forget(key)
      return changed.length > 0
    },
  }
}
