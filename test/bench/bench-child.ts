import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { settingNames } from '../../server/config.ts'
import { projectRoot, serverBundle, serverFlags } from '../../scripts/build-stamp.ts'

const stopWithinMs = 15_000
const readyWithinMs = 30_000

/** Every process that was started and still runs; none outlives this one. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

function keep(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const overdue = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await ended
  clearTimeout(overdue)
}

/** One of the bench's own servers, in a process of its own. */
export type BenchServer = { origin: string; stop(): Promise<void> }

/** Starts a `*-main.ts` of this folder, which tells its origin by `tellOrigin`. */
export async function startServer(file: string, settings: Record<string, string> = {}): Promise<BenchServer> {
  const child = keep(
    fork(join(import.meta.dirname, file), { env: { ...process.env, ...settings }, execArgv: [] }),
  )
  const [message]: unknown[] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${file} ended before it was ready`)
    }),
  ])
  return { origin: String(message), stop: () => stop(child) }
}

/** A process that is told by messages what to do, and answers by messages. */
export type BenchWorker<Order, Word extends { kind: string }> = {
  send(order: Order): void
  /** The next word of that kind. */
  next<Kind extends Word['kind']>(kind: Kind): Promise<Extract<Word, { kind: Kind }>>
  stop(): Promise<void>
}

/** Starts a `*-main.ts` of this folder that sends its words as messages. */
export function startWorker<Order extends object, Word extends { kind: string }>(
  file: string,
  settings: Record<string, string>,
): BenchWorker<Order, Word> {
  const child = keep(
    fork(join(import.meta.dirname, file), { env: { ...process.env, ...settings }, execArgv: [] }),
  )
  return {
    send: (order) => void child.send(order),
    async next(kind) {
      for (;;) {
        const [word] = (await Promise.race([
          once(child, 'message'),
          once(child, 'exit').then(() => {
            throw new Error(`${file} ended before it was done`)
          }),
        ])) as [Word]
        if (isOfKind(word, kind)) return word
      }
    },
    stop: () => stop(child),
  }
}

function isOfKind<Word extends { kind: string }, Kind extends Word['kind']>(
  word: Word,
  kind: Kind,
): word is Extract<Word, { kind: Kind }> {
  return word.kind === kind
}

export type AppProcess = {
  origin: string
  /** From its start until it said that it is ready. */
  readyAfterMs: number
  /** What the process holds in memory now, in MB. */
  memoryMb(): number
  ended: Promise<unknown>
  stop(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/** The built app as `npm start` runs it. Its log goes to a file, as it would on a server. */
export async function startAppProcess(parts: {
  settings: Record<string, string>
  port: number
  logFile: string
  nodeOptions?: readonly string[]
}): Promise<AppProcess> {
  const unset = Object.fromEntries(settingNames.map((name) => [name, '']))
  const log = openSync(parts.logFile, 'a')
  const startedAt = performance.now()
  const child = keep(
    spawn(process.execPath, [...serverFlags, ...(parts.nodeOptions ?? []), serverBundle], {
      cwd: projectRoot,
      env: { ...process.env, ...unset, ...parts.settings, PORT: String(parts.port) },
      stdio: ['ignore', log, log],
    }),
  )
  const origin = `http://127.0.0.1:${parts.port}`
  while (!(await isReady(origin))) {
    if (child.exitCode !== null) throw new Error(`the app ended before it was ready, see ${parts.logFile}`)
    if (performance.now() - startedAt > readyWithinMs) throw new Error('the app did not become ready')
    await pause(5)
  }
  return {
    origin,
    readyAfterMs: performance.now() - startedAt,
    memoryMb: () => residentMb(child.pid ?? 0),
    ended: once(child, 'exit'),
    stop: () => stop(child),
  }
}

async function isReady(origin: string): Promise<boolean> {
  const answer = await fetch(`${origin}/readyz`).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.ok ?? false
}

function residentMb(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Number(stdout.trim()) / 1024
}
