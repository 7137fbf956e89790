import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { inTime } from './bounded-call.ts'
import { composeApplication } from './composition.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { listen } from './http-listener.ts'
import { createLogOutput } from './log-output.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { type MetricsServer, startMetricsServer } from './metrics-server.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { StorageError } from './storage/storage-error.ts'

/** The platform may be slow, or down: the app starts all the same. */
const warmWithinMs = 600
const primeWithinMs = 400
/** How long requests in flight may take to finish once the process is told to stop. */
const requestDrainMs = 8_000
/** A stop takes less than 10 s in all, whatever hangs; what is cut off leaves a trace for whoever starts next. */
const stopLimits = { drainMs: 8_500, closeMs: 1_000 }

function loadConfig(): Config {
  try {
    process.loadEnvFile()
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!absent) throw error
  }
  return readConfig(process.env)
}

/** Resolves with the first signal to stop, even one that comes while the process still starts. */
function stopSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal))
  return promise
}

/** Takes no new requests; those under way may end, but not for ever. */
async function drain(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeIdleConnections()
  const force = setTimeout(() => server.closeAllConnections(), requestDrainMs)
  await promise
  clearTimeout(force)
}

async function serveMetrics(metrics: Metrics | undefined, config: Config, logger: Logger) {
  if (!metrics || config.metricsPort === undefined) return undefined
  const started = await startMetricsServer({ metrics, host: config.host, port: config.metricsPort, logger })
  logger.info({ host: config.host, port: started.port }, 'metrics')
  return started
}

async function serve(
  config: Config,
  logger: Logger,
  database: Database,
  stopped: Promise<string>,
): Promise<void> {
  const clientDir = join(import.meta.dirname, clientFolder)
  const application = composeApplication({
    config,
    database,
    logger,
    now: Date.now,
    clientDir,
    runsSchedules: true,
  })
  await Promise.all([application.start(), tryToReady(application.keepWarm(), warmWithinMs, logger)])
  const server = createServer(application.app)
  let metricsServer: MetricsServer | undefined
  try {
    await tryToReady(application.prime(), primeWithinMs, logger)
    metricsServer = await serveMetrics(application.metrics, config, logger)
    const port = await listen(server, config.host, config.port)
    logger.info({ host: config.host, port, publicUrl: config.publicUrl }, 'listening')
    logger.info({ signal: await stopped }, 'stopping')
  } finally {
    const { drainMs, closeMs } = stopLimits
    const tried = (works: Promise<unknown>[], withinMs: number) =>
      Promise.all(works.map((work) => tryToEnd(work, withinMs, logger)))
    await tried([...(server.listening ? [drain(server)] : []), application.drain()], drainMs)
    await tried([application.close(), ...(metricsServer ? [metricsServer.close()] : [])], closeMs)
  }
}

/** Whoever comes first finds all ready, unless that takes too long or fails. */
async function tryToReady(work: Promise<unknown>, withinMs: number, logger: Logger): Promise<void> {
  await inTime(work, withinMs).catch((error: unknown) =>
    logger.debug({ err: error }, 'not all is ready for the first click'),
  )
}

async function tryToEnd(work: Promise<unknown>, withinMs: number, logger: Logger): Promise<void> {
  await inTime(work, withinMs).catch((error: unknown) =>
    logger.warn({ err: error }, 'did not stop in good order'),
  )
}

async function run(): Promise<void> {
  const stopped = stopSignal()
  const config = loadConfig()
  const logger = createLogger(config.logLevel, createLogOutput())
  const database = await openDatabase({
    dataDir: config.dataDir,
    logger,
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
  })
  try {
    await serve(config, logger, database, stopped)
  } finally {
    await database.close()
  }
  logger.info('stopped')
}

/** The build puts the server into `dist/server` and the page into `dist/client`; from source it is the same build. */
const clientFolder = import.meta.filename.endsWith('.ts') ? '../dist/client' : '../client'

try {
  await run()
} catch (error) {
  const known = error instanceof ConfigError || error instanceof StorageError
  process.stderr.write(`${known ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
  if (error instanceof ConfigError) {
    process.stderr.write(
      '\nSee .env.example for what each setting means. `npm run demo` needs none of them.\n',
    )
  }
  process.exitCode = 1
}
// A connection that somebody else keeps open must not hold the process.
process.exit()
