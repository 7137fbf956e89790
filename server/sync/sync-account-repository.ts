import { and, eq, inArray } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { syncDuplicates, syncLinks, syncRuns, syncSettings, syncSnapshots } from '../storage/sync-schema.ts'

export type SyncAccountRepository = ReturnType<typeof createSyncAccountRepository>

/** Whose contacts a location's links are about. */
export function createSyncAccountRepository({ db, now }: { db: Db; now: () => number }) {
  return {
    /**
     * Links to another account's contacts would read as if all had been deleted: they go, an open run ends, and a new
     * first run is needed. The settings stay.
     */
    async enter(locationId: string, accountName: string): Promise<void> {
      const ofLocation = eq(syncSettings.locationId, locationId)
      const [known] = await db
        .select({ accountName: syncSettings.accountName })
        .from(syncSettings)
        .where(ofLocation)
      if (!known || known.accountName === accountName) return
      await db.transaction(async (tx) => {
        const [locked] = await tx.select().from(syncSettings).where(ofLocation).for('update')
        if (!locked || locked.accountName === accountName) return
        const isFirst = locked.accountName === null
        const anew = isFirst ? {} : { firstRunAt: null, polledAt: null, polledUntil: null }
        await tx
          .update(syncSettings)
          .set({ accountName, ...anew })
          .where(ofLocation)
        if (isFirst) return
        const at = new Date(now())
        const ended = await tx
          .update(syncRuns)
          .set({ state: 'failed', problem: 'conflict', updatedAt: at, finishedAt: at })
          .where(and(eq(syncRuns.locationId, locationId), inArray(syncRuns.state, ['running', 'paused'])))
          .returning({ id: syncRuns.id })
        const runIds = ended.map(({ id }) => id)
        await tx.delete(syncSnapshots).where(inArray(syncSnapshots.runId, runIds))
        await tx.delete(syncLinks).where(eq(syncLinks.locationId, locationId))
        await tx.delete(syncDuplicates).where(eq(syncDuplicates.locationId, locationId))
      })
    },
  }
}
