import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { noBinaries } from './embedded-binaries.ts'
import { canReach, type ServerUser } from './server-user.ts'
import { StorageError } from './storage-error.ts'

export type PostgresProcess = {
  child: ChildProcessByStdio<null, Readable, Readable>
  /** The last lines it wrote, for the error message. */
  lastLines: string[]
  /** Settles with the exit code (null: ended by a signal); rejects when it could not be run. */
  exited: Promise<number | null>
}

export type ProcessParts = {
  program: string
  /** Told how the program shall name the folder, gives its arguments. */
  args: (folderName: string) => string[]
  folder: string
  user: ServerUser | undefined
  /** A process group of its own: Ctrl+C in the terminal must reach the app alone, which then stops the server. */
  detached: boolean
  onLine?: (line: string) => void
}

const keptLines = 12

/**
 * How a process of the server's user can name the folder. Below a folder that only root may enter no path leads to it,
 * but an inherited open descriptor does.
 */
async function nameFolder(
  folder: string,
  user: ServerUser | undefined,
): Promise<{ name: string; fd?: number }> {
  if (!user || (await canReach(folder, user))) return { name: folder }
  if (process.platform !== 'linux') {
    throw new StorageError(
      `PostgreSQL does not run as root, and the user it runs as (uid ${user.uid}) may not enter the folder ${folder}. Put DATA_DIR where others may enter, run the app as an ordinary user, or name a server in DATABASE_URL.`,
    )
  }
  return { name: '/proc/self/fd/3', fd: openSync(folder, 'r') }
}

/** Runs one of PostgreSQL's programs on a data folder, with nothing of the app's environment, which holds secrets. */
export async function runPostgres(parts: ProcessParts): Promise<PostgresProcess> {
  const { name, fd } = await nameFolder(parts.folder, parts.user)
  const child = spawn(parts.program, parts.args(name), {
    ...parts.user,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    detached: parts.detached,
    stdio: fd === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', fd],
  }) as ChildProcessByStdio<null, Readable, Readable>
  if (fd !== undefined) closeSync(fd)
  const lastLines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lastLines.push(line)
      if (lastLines.length > keptLines) lastLines.shift()
      parts.onLine?.(line)
    })
  }
  const exited = once(child, 'close').then(
    ([code]: unknown[]) => (typeof code === 'number' ? code : null),
    (error: unknown) => {
      throw spawnFailure(error)
    },
  )
  exited.catch(() => {})
  return { child, lastLines, exited }
}

/** A program of glibc on a system without it, and one without its execute bit, fail to start at all. */
function spawnFailure(error: unknown): StorageError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return noBinaries(error)
  return new StorageError(
    `The embedded PostgreSQL could not be started (${String(code)}). Name a PostgreSQL server in DATABASE_URL, or run the app where its programs may be run.`,
    { cause: error },
  )
}
