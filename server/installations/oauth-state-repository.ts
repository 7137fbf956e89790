import { and, eq, gt, lte } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { oauthStates } from '../storage/schema.ts'
import type { OAuthStateStore } from './oauth-state.ts'

export function createOAuthStateRepository({ db, now }: { db: Db; now: () => number }): OAuthStateStore {
  return {
    async add(id, expiresAt) {
      await db.delete(oauthStates).where(lte(oauthStates.expiresAt, new Date(now())))
      await db.insert(oauthStates).values({ id, expiresAt })
    },

    async take(id, at) {
      const taken = await db
        .delete(oauthStates)
        .where(and(eq(oauthStates.id, id), gt(oauthStates.expiresAt, at)))
        .returning({ id: oauthStates.id })
      return taken.length > 0
    },
  }
}
