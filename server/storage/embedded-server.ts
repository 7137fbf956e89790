import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { prepareCluster, type Cluster } from './cluster.ts'
import { clearLeftoverServer, folderInUse } from './leftover-server.ts'
import { runPostgres, type PostgresProcess } from './postgres-process.ts'
import { claimServer, socketAddress, type Claim, type SocketAddress } from './server-claim.ts'
import { serverArguments } from './server-settings.ts'
import { makeSocketFolder, type SocketFolder } from './socket-folder.ts'
import { StorageError } from './storage-error.ts'

export type EmbeddedServer = {
  connectionOptions: SocketAddress
  /** Stops it cleanly and waits until it is gone. */
  stop(): Promise<void>
}

export type EmbeddedServerParts = {
  dataDir: string
  logger: Logger
  /** PostgreSQL's own settings on top of ours. */
  settings?: Record<string, string>
}

const startTimeoutMs = 60_000
const stopTimeoutMs = 10_000
/** How long to go on when another start, or the last of a killed server, is in the way. */
const contentionTimeoutMs = 10_000
const retryMs = 50

type Launched = PostgresProcess & { socket: SocketFolder }

/** Lines say what is wrong in PostgreSQL's own words; only those that end a server are worth a person's attention. */
function logLine(logger: Logger, line: string): void {
  const level = /\b(FATAL|PANIC):/.test(line) ? 'warn' : 'debug'
  logger[level]({ postgres: line }, 'embedded PostgreSQL')
}

async function launch(cluster: Cluster, parts: EmbeddedServerParts): Promise<Launched | 'hindered'> {
  const { folder, binaries, user } = cluster
  const socket = await makeSocketFolder(folder, user)
  const ready = Promise.withResolvers<'ready'>()
  const server = await runPostgres({
    program: binaries.postgres,
    folder,
    user,
    detached: true,
    args: (folderName) =>
      serverArguments({
        folder,
        folderName,
        socketPath: socket.path === folder ? folderName : socket.path,
        extra: parts.settings ?? {},
      }),
    onLine: (line) => {
      logLine(parts.logger, line)
      if (line.includes('ready to accept connections')) ready.resolve('ready')
    },
  })
  const timer = setTimeout(() => server.child.kill('SIGQUIT'), startTimeoutMs)
  try {
    const outcome = await Promise.race([ready.promise, server.exited])
    if (outcome === 'ready') return { ...server, socket }
  } finally {
    clearTimeout(timer)
  }
  await socket.remove()
  const words = server.lastLines.join(' ')
  if (/lock file|shared memory block/.test(words)) return 'hindered'
  throw new StorageError(
    `The embedded PostgreSQL server on ${folder} did not start: ${words || 'it said nothing'}`,
  )
}

async function stopServer({ child, exited, socket }: Launched): Promise<void> {
  child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGQUIT'), stopTimeoutMs)
  await exited
  clearTimeout(timer)
  await socket.remove()
}

function runningServer(server: Launched, claim: Claim): EmbeddedServer {
  return {
    connectionOptions: socketAddress(server.socket.path),
    stop: async () => {
      await claim.release()
      await stopServer(server)
    },
  }
}

/** A server that this process has claimed; undefined when something was in the way. */
async function tryStart(cluster: Cluster, parts: EmbeddedServerParts): Promise<EmbeddedServer | undefined> {
  await clearLeftoverServer(cluster.folder, parts.logger)
  const server = await launch(cluster, parts)
  if (server === 'hindered') return undefined
  const claim = await claimServer(socketAddress(server.socket.path), parts.logger)
  if (claim === 'silent') await stopServer(server)
  return typeof claim === 'string' ? undefined : runningServer(server, claim)
}

/**
 * Runs the app's own PostgreSQL server on the files in `dataDir`, reachable over a Unix socket alone.
 * @throws {StorageError} when the folder or the system does not allow it
 */
export async function startEmbeddedServer(parts: EmbeddedServerParts): Promise<EmbeddedServer> {
  const cluster = await prepareCluster(parts.dataDir)
  const deadline = performance.now() + contentionTimeoutMs
  for (;;) {
    const server = await tryStart(cluster, parts)
    if (server) return server
    if (performance.now() > deadline) throw folderInUse(cluster.folder)
    await pause(retryMs)
  }
}
