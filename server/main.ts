import type { Server } from 'node:http'
import { join } from 'node:path'
import { aborted } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { inTime } from './bounded-call.ts'
import { composeApplication, type Application } from './composition.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { createHttpServer, drain, handOver, listen, ListenError } from './http-listener.ts'
import { createLogOutput } from './log-output.ts'
import { createLogger, type Logger } from './logger.ts'
import { type MetricsServer, startMetricsServer } from './metrics-server.ts'
import { answerWhileStarting } from './starting-listener.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { StorageError } from './storage/storage-error.ts'

/** The platform may be slow, or down: the app starts all the same. */
const warmWithinMs = 600
const primeWithinMs = 400
/** How long requests in flight may take to finish once the process is told to stop. */
const requestDrainMs = 8_000
/** A stop takes less than 10 s in all, whatever hangs; what is cut off leaves a trace for whoever starts next. */
const stopLimits = { openMs: 8_000, unreadyMs: 3_000, drainMs: 8_500, closeMs: 1_000 }

/** What the process is from its first moment on. */
type Process = {
  config: Config
  logger: Logger
  /** Told to stop, which may be while it still starts; the reason is the signal's name. */
  stop: AbortSignal
  server: Server
  port: number
}

function loadConfig(): Config {
  try {
    process.loadEnvFile()
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!absent) throw error
  }
  return readConfig(process.env)
}

function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort(signal))
  return stop.signal
}

/** Undefined where the process is told to stop first. */
async function openUnlessStopped({ config, logger, stop }: Process): Promise<Database | undefined> {
  const { databaseUrl, dataDir } = config
  const opening = openDatabase({ databaseUrl, dataDir, logger, signal: stop })
  const opened = await Promise.race([opening, aborted(stop, stop).then(() => undefined)])
  if (opened) return opened
  logger.info({ signal: stop.reason }, 'stopping')
  const closed = opening.then(
    (database) => database.close(),
    () => undefined,
  )
  await tryToEnd(closed, stopLimits.openMs, logger)
  return undefined
}

async function makeReady(application: Application, logger: Logger): Promise<void> {
  await Promise.all([application.start(), tryToReady(application.keepWarm(), warmWithinMs, logger)])
  await tryToReady(application.prime(), primeWithinMs, logger)
}

async function serve({ config, logger, stop, server, port }: Process, database: Database): Promise<void> {
  const clientDir = join(import.meta.dirname, clientFolder)
  const surroundings = { config, database, logger, now: Date.now, clientDir, runsSchedules: true }
  const application = composeApplication(surroundings)
  let metricsServer: MetricsServer | undefined
  let drainMs = stopLimits.unreadyMs
  const stopped = aborted(stop, stop)
  try {
    await Promise.race([makeReady(application, logger), stopped])
    if (!stop.aborted) {
      metricsServer = await serveMetrics(application, config, logger)
      handOver(server, application.app)
      drainMs = stopLimits.drainMs
      logger.info({ host: config.host, port, publicUrl: config.publicUrl }, 'listening')
    }
    await stopped
    logger.info({ signal: stop.reason }, 'stopping')
  } finally {
    const tried = (works: Promise<unknown>[], withinMs: number) =>
      Promise.all(works.map((work) => tryToEnd(work, withinMs, logger)))
    await tried([drain(server, requestDrainMs), application.drain()], drainMs)
    await tried([application.close(), ...(metricsServer ? [metricsServer.close()] : [])], stopLimits.closeMs)
  }
}

async function serveMetrics({ metrics }: Application, config: Config, logger: Logger) {
  if (!metrics || config.metricsPort === undefined) return undefined
  const started = await startMetricsServer({ metrics, host: config.host, port: config.metricsPort, logger })
  logger.info({ host: config.host, port: started.port }, 'metrics')
  return started
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

/** Listens first: migrations may take their time, and meanwhile it is alive, though not ready. */
async function run(): Promise<void> {
  const stop = stopSignal()
  const config = loadConfig()
  const logger = createLogger(config.logLevel, createLogOutput())
  logger.info({ version: packageJson.version }, 'starting')
  const server = createHttpServer(answerWhileStarting)
  const port = await listen(server, config.host, config.port)
  const started = { config, logger, stop, server, port }
  const database = await openUnlessStopped(started)
  try {
    if (database) await serve(started, database)
  } finally {
    await database?.close()
  }
  logger.info('stopped')
}

/** The build puts the server into `dist/server` and the page into `dist/client`; from source it is the same build. */
const clientFolder = import.meta.filename.endsWith('.ts') ? '../dist/client' : '../client'

try {
  await run()
} catch (error) {
  const known = [ConfigError, ListenError, StorageError].some((kind) => error instanceof kind)
  const words = error instanceof Error ? (known ? error.message : error.stack) : String(error)
  process.stderr.write(`${words}\n`)
  if (error instanceof ConfigError) {
    process.stderr.write(
      '\nSee .env.example for what each setting means. `npm run demo` needs none of them.\n',
    )
  }
  process.exitCode = 1
}
// A connection that somebody else keeps open must not hold the process.
process.exit()
