import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import { inTime } from '../bounded-call.ts'
import type { Logger } from '../logger.ts'
import { startEmbeddedServer } from './embedded-server.ts'
import { migrateDatabase } from './migrate.ts'
import { createNotifications, type Notifications } from './notifications.ts'
import * as schema from './schema.ts'
import { StorageError } from './storage-error.ts'

export type Db = NodePgDatabase<typeof schema>
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0]

type ServerAddress =
  { connectionString: string } | { host: string; port: number; user: string; database: string }

/** What a driver, or a job queue with a pool of its own, needs to connect. */
export type ConnectionOptions = ServerAddress & typeof keepAlive

export type Database = {
  db: Db
  pool: Pool
  connectionOptions: ConnectionOptions
  notifications: Pick<Notifications, 'listen'>
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
  /** Closes all connections and, where the server is the embedded one, stops it. */
  close(): Promise<void>
}

export type DatabaseParts = {
  /** Unset: the embedded server with its files in `dataDir`. */
  databaseUrl?: string | undefined
  dataDir: string
  logger: Logger
}

const connectTimeoutMs = 5_000
const poolSize = 10
/** A server that is gone without a word is noticed, though nobody asks it anything. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 }
/** Work that still holds a connection does not keep the process from ending. */
const closeWithinMs = 500

type Server = { connectionOptions: ServerAddress; stop(): Promise<void> }

function externalServer(databaseUrl: string): Server {
  return { connectionOptions: { connectionString: databaseUrl }, stop: async () => {} }
}

function createPool(connectionOptions: ConnectionOptions, logger: Logger): Pool {
  const pool = new Pool({
    ...connectionOptions,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'wrapup',
  })
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'))
  // Whoever uses it is told by the next query; an error event that nobody listens to would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** The driver's message may quote credentials, its code does not. */
function explain(error: unknown, databaseUrl: string | undefined): unknown {
  if (databaseUrl === undefined || error instanceof StorageError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
  const place = URL.parse(databaseUrl)?.host || 'DATABASE_URL'
  return new StorageError(
    `The database at ${place} could not be opened and brought up to date (${code}). Check DATABASE_URL, that the server runs, and that its user may create tables.`,
    { cause: error },
  )
}

/**
 * Opens the database and brings its schema up to date.
 * @throws {StorageError} when it cannot be reached, started or used
 */
export async function openDatabase({ databaseUrl, dataDir, logger }: DatabaseParts): Promise<Database> {
  const server = databaseUrl ? externalServer(databaseUrl) : await startEmbeddedServer({ dataDir, logger })
  const connectionOptions = { ...server.connectionOptions, ...keepAlive }
  const pool = createPool(connectionOptions, logger)
  let closing: Promise<void> | undefined
  const notifications = createNotifications({ connectionOptions, logger })
  const closeAll = async () => {
    const closed = Promise.all([notifications.close(), pool.end()])
    await inTime(closed, closeWithinMs).catch((error: unknown) =>
      logger.warn({ err: error }, 'database connections were still in use'),
    )
    await server.stop()
  }
  const close = () => (closing ??= closeAll())
  try {
    await migrateDatabase(pool)
  } catch (error) {
    await close()
    throw explain(error, databaseUrl)
  }
  return {
    db: drizzle(pool, { schema }),
    pool,
    connectionOptions,
    notifications,
    ping: async () => {
      await pool.query('select 1')
    },
    close,
  }
}
