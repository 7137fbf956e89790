import { and, eq, inArray, isNotNull } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { installations } from '../storage/schema.ts'
import {
  syncDuplicates,
  syncLinks,
  syncLog,
  syncNotes,
  syncRuns,
  syncSettings,
  syncSnapshots,
} from '../storage/sync-schema.ts'

/** What links hold of people does not outlive the app in their location. */
export function createSyncForgettingRepository({ db }: { db: Db }) {
  const { kind, status, locationId } = installations
  const left = db
    .select({ locationId })
    .from(installations)
    .where(and(eq(kind, 'location'), eq(status, 'uninstalled'), isNotNull(locationId)))

  return {
    async forgetUninstalled(): Promise<void> {
      const runIds = db.select({ id: syncRuns.id }).from(syncRuns).where(inArray(syncRuns.locationId, left))
      await db.delete(syncSnapshots).where(inArray(syncSnapshots.runId, runIds))
      for (const table of [syncLinks, syncSettings, syncRuns, syncLog, syncDuplicates, syncNotes]) {
        await db.delete(table).where(inArray(table.locationId, left))
      }
    },
  }
}
