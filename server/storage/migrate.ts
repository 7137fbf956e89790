import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type { Pool } from 'pg'

/** Beside this module in the source, beside the bundle in the build. */
const migrationsFolder = join(import.meta.dirname, 'migrations')

/** "wrapup" in ASCII: distinct from other applications' locks in a shared database. */
const lockKey = 0x777261707570

/**
 * Brings the database's schema up to date. Replicas that start at once wait for each other: the lock is taken on the
 * very connection that migrates, since a session's lock is of no use to another session.
 */
export async function migrateDatabase(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    await migrate(drizzle(client), { migrationsFolder })
    await client.query('select pg_advisory_unlock($1)', [lockKey])
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}
