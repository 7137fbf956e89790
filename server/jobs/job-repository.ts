import { sql } from 'drizzle-orm'
import { type Db as JobDatabase, fromDrizzle } from 'pg-boss'
import type { Transaction } from '../storage/database.ts'

/** Lets the queue write through a transaction of ours: the job exists when, and only when, that commits. */
export function jobDatabaseIn(transaction: Transaction): JobDatabase {
  return fromDrizzle(transaction, sql)
}
