import { sql } from 'drizzle-orm'
import type { CarrierName } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { Db } from '../storage/database.ts'
import { isLockTimeout } from '../storage/lock-timeout.ts'

const lockSettings = sql`
  select set_config('lock_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '60s', true)`

export type ConnectionLock = ReturnType<typeof createConnectionLockRepository>['withLock']

/** @param parts.limited runs a few at a time: each holds a connection to the database beside those of its work */
export function createConnectionLockRepository(parts: {
  db: Db
  limited: <T>(task: () => Promise<T>) => Promise<T>
}) {
  const { db, limited } = parts

  return {
    /**
     * Runs `work` while nobody else connects or disconnects this system, in whatever process. What it stores is
     * committed at once, for the other system may call us before it ends.
     * @throws {AppError} `conflict` when another is at it for too long
     */
    withLock<T>(locationId: string, carrier: CarrierName, work: () => Promise<T>): Promise<T> {
      const key = `provider connection ${locationId} ${carrier}`
      const lock = sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`
      return limited(() =>
        db.transaction(async (tx) => {
          await tx.execute(lockSettings)
          await tx.execute(lock).catch((error: unknown) => {
            throw isLockTimeout(error) ? busyElsewhere(error) : error
          })
          return work()
        }),
      )
    },
  }
}

function busyElsewhere(cause: unknown): AppError {
  const message =
    'Somebody else is connecting or disconnecting this system right now. Look again in a moment.'
  return new AppError('conflict', message, { cause })
}
