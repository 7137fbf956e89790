import { sql, TransactionRollbackError } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { isLockTimeout } from '../storage/lock-timeout.ts'
import { syncAllowances } from '../storage/sync-schema.ts'

/** Whoever waits gets its turn in order; a process that hangs does not keep the others out for ever. */
const lockSettings = sql`
  select set_config('lock_timeout', '30s', true), set_config('idle_in_transaction_session_timeout', '300s', true)`

export type SyncTurns = ReturnType<typeof createSyncTurnRepository>

/** Whose turn it is, over all processes. */
export function createSyncTurnRepository({ db }: { db: Db }) {
  return {
    /**
     * Runs `work` while nobody else writes to this location's contacts; a process that dies lets go at once.
     * @returns undefined where others took too long, and nothing was run
     */
    async alone<T>(locationId: string, work: () => Promise<T>): Promise<{ result: T } | undefined> {
      const key = `sync ${locationId}`
      const lock = sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`
      return db
        .transaction(async (tx) => {
          await tx.execute(lockSettings)
          const isTaken = await tx.execute(lock).then(
            () => true,
            (error: unknown) => {
              if (isLockTimeout(error)) return false
              throw error
            },
          )
          if (!isTaken) return tx.rollback()
          return { result: await work() }
        })
        .catch((error: unknown) => {
          if (error instanceof TransactionRollbackError) return undefined
          throw error
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
