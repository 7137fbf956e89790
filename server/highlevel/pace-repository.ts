import { inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Transaction } from '../storage/database.ts'
import { isLockTimeout } from '../storage/lock-timeout.ts'
import { paceBooks } from '../storage/schema.ts'
import { enterReport, type PaceBook } from './pace-book.ts'
import { documentedLimit } from './pace-lane.ts'
import type { PaceStore } from './pace-sync.ts'

const emptyBook: PaceBook = { limit: documentedLimit, pausedUntil: 0, leases: {} }

const count = z.number().int().min(0)
const bookSchema = z.object({
  limit: z.object({ max: count, intervalMs: z.number().positive() }),
  pausedUntil: z.number(),
  leases: z.record(
    z.string(),
    z.object({
      slots: z.object({ all: count, background: count }),
      need: z.object({ person: count, background: count }),
      expiresAt: z.number(),
    }),
  ),
})

const lockedSchema = z.array(
  z.object({ ownerKey: z.string(), book: bookSchema.catch(emptyBook), time: z.coerce.number() }),
)

/**
 * The books that all processes on one database share. Its times are the database's own: the processes' clocks differ.
 * A stuck process must not hold the others up, and a lost commit costs less than waiting for the disk.
 */
const transactionSettings = sql`
  select set_config('lock_timeout', '500', true),
    set_config('idle_in_transaction_session_timeout', '2000', true),
    set_config('synchronous_commit', 'off', true)`

/** What to do about a book that another process holds. */
type IfLocked = 'wait' | 'skip'

export function createPaceRepository({ db }: { db: Db }): PaceStore {
  /** Always in the same order, so that no two processes wait for each other. */
  async function lockBooks(tx: Transaction, keys: readonly string[], ifLocked: IfLocked) {
    const rows = sql.join(
      keys.toSorted().map((key) => sql`(${key}, ${JSON.stringify(emptyBook)}::jsonb)`),
      sql`, `,
    )
    await tx.execute(sql`
      insert into ${paceBooks} (owner_key, book) values ${rows} on conflict (owner_key) do nothing`)
    const locked = await tx.execute(sql`
      select owner_key as "ownerKey", book, extract(epoch from clock_timestamp()) * 1000 as time
      from ${paceBooks} where ${inArray(paceBooks.ownerKey, [...keys])}
      order by owner_key for update ${sql.raw(ifLocked === 'skip' ? 'skip locked' : '')}`)
    return new Map(lockedSchema.parse(locked.rows).map((row) => [row.ownerKey, row]))
  }

  async function write(tx: Transaction, books: readonly { key: string; book: PaceBook }[]): Promise<void> {
    if (books.length === 0) return
    const rows = sql.join(
      books.map(({ key, book }) => sql`(${key}, ${JSON.stringify(book)}::jsonb)`),
      sql`, `,
    )
    await tx.execute(sql`
      update ${paceBooks} set book = entered.book
      from (values ${rows}) as entered (owner_key, book)
      where ${paceBooks.ownerKey} = entered.owner_key`)
  }

  function enter(ifLocked: IfLocked, ...[processId, reports, leaseMs]: Parameters<PaceStore['settle']>) {
    return db.transaction(async (tx) => {
      await tx.execute(transactionSettings)
      const locked = await lockBooks(
        tx,
        reports.map(({ key }) => key),
        ifLocked,
      )
      const entered = reports.flatMap((report) => {
        const row = locked.get(report.key)
        if (!row) return []
        const times = { now: Math.floor(row.time), leaseMs }
        return [{ key: report.key, ...enterReport(row.book, processId, report, times) }]
      })
      await write(tx, entered)
      return entered
    })
  }

  return {
    /** A book that another process does not let go of holds up its own location only. */
    async settle(...report) {
      try {
        return await enter('wait', ...report)
      } catch (error) {
        if (!isLockTimeout(error)) throw error
        return enter('skip', ...report)
      }
    },
  }
}
