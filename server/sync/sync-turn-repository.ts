import { sql } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { syncAllowances } from '../storage/sync-schema.ts'

/** A step ends long before; a process that hangs does not keep the others out for ever. */
const lockSettings = sql`select set_config('idle_in_transaction_session_timeout', '300s', true)`

export type SyncTurnRepository = ReturnType<typeof createSyncTurnRepository>

/** Whose turn it is, over all processes. */
export function createSyncTurnRepository({ db }: { db: Db }) {
  return {
    /**
     * Runs `work` while nobody else syncs this location; a process that dies lets go at once.
     * @returns false where somebody does, and nothing was run
     */
    async alone(locationId: string, work: () => Promise<void>): Promise<boolean> {
      const key = `sync ${locationId}`
      return db.transaction(async (tx) => {
        await tx.execute(lockSettings)
        const { rows } = await tx.execute<{ taken: boolean }>(
          sql`select pg_try_advisory_xact_lock(hashtextextended(${key}, 0)) as taken`,
        )
        if (rows[0]?.taken !== true) return false
        await work()
        return true
      })
    },

    /**
     * Speaks for one more call of a connection.
     * @returns from when on all calls that were spoken for are made up for, epoch ms
     */
    async speakFor(connectionId: string, nowMs: number, perCallMs: number): Promise<number> {
      const first = nowMs + perCallMs
      const [row] = await db
        .insert(syncAllowances)
        .values({ connectionId, spokenForUntilMs: first })
        .onConflictDoUpdate({
          target: syncAllowances.connectionId,
          set: {
            spokenForUntilMs: sql`greatest(${syncAllowances.spokenForUntilMs}, ${nowMs}::double precision) + ${perCallMs}::double precision`,
          },
        })
        .returning({ until: syncAllowances.spokenForUntilMs })
      return row?.until ?? first
    },
  }
}
