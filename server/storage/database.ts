import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import { inTime } from '../bounded-call.ts'
import type { Logger } from '../logger.ts'
import { explainDatabaseFault } from './database-faults.ts'
import { startEmbeddedServer } from './embedded-server.ts'
import { migrateDatabase } from './migrate.ts'
import { createNotifications, type Notifications } from './notifications.ts'
import { PreparingClient } from './preparing-client.ts'
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
  /** Gives up, even where another process's migrations are waited for. */
  signal?: AbortSignal | undefined
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
    Client: PreparingClient,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'wrapup',
    // A plan for ever, made while a table was small, would read all of it once it is large.
    onConnect: (client) => client.query('set plan_cache_mode to force_custom_plan'),
  })
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'))
  // Whoever uses it is told by the next query; an error event that nobody listens to would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

const toldToStop = () => new StorageError('The database was not opened: the app is told to stop.')

/** Work that has begun goes on until its connection is closed. */
async function unlessAborted(work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw toldToStop()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(toldToStop())
  signal?.addEventListener('abort', abort)
  try {
    await Promise.race([work(), aborted])
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/**
 * Opens the database and brings its schema up to date.
 * @throws {StorageError} when it cannot be reached, started or used
 */
export async function openDatabase(parts: DatabaseParts): Promise<Database> {
  const { databaseUrl, dataDir, logger, signal } = parts
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
    await unlessAborted(() => migrateDatabase(pool, logger), signal)
  } catch (error) {
    await close()
    throw explainDatabaseFault(error, databaseUrl)
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
