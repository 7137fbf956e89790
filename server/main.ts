import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { composeApplication } from './composition.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { createLogger } from './logger.ts'
import { openDatabase } from './storage/database.ts'
import { StorageError } from './storage/storage-error.ts'

/** How long requests in flight may take to finish once the process is told to stop. */
const drainMs = 10_000

function loadConfig(): Config {
  try {
    process.loadEnvFile()
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!absent) throw error
  }
  return readConfig(process.env)
}

async function run(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel)
  const database = await openDatabase({
    dataDir: config.dataDir,
    logger,
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
  })
  const application = composeApplication({
    config,
    database,
    logger,
    now: Date.now,
    clientDir: join(import.meta.dirname, clientFolder),
  })
  await application.start()
  const server = createServer(application.app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  logger.info({ host: config.host, port, publicUrl: config.publicUrl }, 'listening')

  let stopping = false
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return
    stopping = true
    logger.info({ signal }, 'stopping')
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    const force = setTimeout(() => server.closeAllConnections(), drainMs)
    await closed
    clearTimeout(force)
    await application.stop()
    await database.close()
    logger.info('stopped')
    process.exitCode = 0
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
}

/** The build puts the server into `dist/server` and the page into `dist/client`; from source it is the same build. */
const clientFolder = import.meta.filename.endsWith('.ts') ? '../dist/client' : '../client'

try {
  await run(loadConfig())
} catch (error) {
  const known = error instanceof ConfigError || error instanceof StorageError
  process.stderr.write(`${known ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
  if (error instanceof ConfigError) {
    process.stderr.write(
      '\nSee .env.example for what each setting means. `npm run demo` needs none of them.\n',
    )
  }
  process.exit(1)
}
