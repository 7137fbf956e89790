import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import type { Pool, PoolClient } from 'pg'
import type { Logger } from '../logger.ts'

/** Beside this module in the source, beside the bundle in the build. */
const migrationsFolder = join(import.meta.dirname, 'migrations')

/** "wrapup" in ASCII: distinct from other applications' locks in a shared database. */
const lockKey = 0x777261707570

/** A session's own lock, so it is taken on the very connection that migrates. */
async function takeLock(client: PoolClient, logger: Logger): Promise<void> {
  const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [lockKey])
  if (rows[0]?.free) return
  logger.info('waiting for another process that brings the database up to date')
  await client.query('select pg_advisory_lock($1)', [lockKey])
}

/** How many migrations the database does not have yet, by the rule of the migrator. */
async function countMissing(client: PoolClient): Promise<number> {
  const { rows: found } = await client.query<{ exists: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as exists`,
  )
  const { rows } = found[0]?.exists
    ? await client.query<{ last: string | null }>(
        'select max(created_at) as last from drizzle.__drizzle_migrations',
      )
    : { rows: [] }
  const last = Number(rows[0]?.last ?? 0)
  return readMigrationFiles({ migrationsFolder }).filter(({ folderMillis }) => folderMillis > last).length
}

async function migrateWhereMissing(client: PoolClient, logger: Logger): Promise<void> {
  const missing = await countMissing(client)
  if (missing === 0) return
  logger.info({ migrations: missing }, 'bringing the database up to date')
  await migrate(drizzle(client), { migrationsFolder })
}

/** Brings the database's schema up to date. Replicas that start at once wait for each other. */
export async function migrateDatabase(pool: Pool, logger: Logger): Promise<void> {
  const client = await pool.connect()
  try {
    await takeLock(client, logger)
    await migrateWhereMissing(client, logger)
    await client.query('select pg_advisory_unlock($1)', [lockKey])
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}
