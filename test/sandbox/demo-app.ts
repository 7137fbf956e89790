import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { settingNames } from '../../server/config.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Starting may build the page first. */
const readyWithinMs = 180_000
const pollMs = 100
const stopWithinMs = 15_000
/** How much of what the app wrote is kept for the case that it fails. */
const keptCharacters = 4_000

export type DemoApp = {
  /** Resolves when the app serves; rejects when it ended or took too long. */
  ready: Promise<void>
  /** Resolves when the process is gone, for whatever reason. */
  ended: Promise<void>
  /** What it wrote last, for an explanation. */
  lastWords(): string
  stop(): Promise<void>
}

/** The environment is passed on without any of our settings: a demo never touches a real database or account. */
function environment(settings: Record<string, string>): Record<string, string> {
  const unset = Object.fromEntries(settingNames.map((name) => [name, '']))
  const secrets = {
    SESSION_SECRET: randomBytes(32).toString('base64'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'warn',
  }
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => !!entry[1])
  return { ...Object.fromEntries(inherited), ...unset, ...secrets, ...settings }
}

async function answersReady(publicUrl: string): Promise<boolean> {
  const answer = await fetch(new URL('/readyz', publicUrl), { signal: AbortSignal.timeout(2_000) }).catch(
    () => undefined,
  )
  return answer?.ok ?? false
}

async function becomesReady(publicUrl: string, ended: AbortSignal): Promise<void> {
  const tooLate = AbortSignal.timeout(readyWithinMs)
  while (!(await answersReady(publicUrl))) {
    if (ended.aborted) throw new Error('The app ended before it was ready.')
    if (tooLate.aborted) throw new Error('The app did not become ready in time.')
    await pause(pollMs)
  }
}

async function stopProcess(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const overdue = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await ended
  clearTimeout(overdue)
}

/** The app as `npm start` runs it, in a process of its own. */
export function startDemoApp(publicUrl: string, settings: Record<string, string>): DemoApp {
  const child = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: root,
    env: environment({ ...settings, PUBLIC_URL: publicUrl, PORT: new URL(publicUrl).port }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-keptCharacters)
    })
  }
  const gone = new AbortController()
  const ended = once(child, 'close').then(() => gone.abort())
  return {
    ready: becomesReady(publicUrl, gone.signal),
    ended,
    lastWords: () => words.trim(),
    stop: () => stopProcess(child, ended),
  }
}
