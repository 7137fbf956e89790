import { rmdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import { isServerOf, readPostmasterFile, removeLeftFiles, type Postmaster } from './postmaster-file.ts'
import { claimServer, type Claim } from './server-claim.ts'
import { temporarySocketPrefix } from './socket-folder.ts'
import { StorageError } from './storage-error.ts'

const timeoutMs = 30_000
const pollMs = 20

export function folderInUse(folder: string): StorageError {
  return new StorageError(
    `The database folder ${folder} is in use by another running process of this app. Stop that one, set DATA_DIR to another folder, or, to run several processes, name a PostgreSQL server in DATABASE_URL for all of them.`,
  )
}

async function waitUntilGone(
  folder: string,
  { pid, socketFolder }: Postmaster,
  deadline: number,
): Promise<boolean> {
  while (performance.now() < deadline) {
    if (!(await isServerOf(folder, pid))) {
      if (basename(socketFolder).startsWith(temporarySocketPrefix)) await rmdir(socketFolder).catch(() => {})
      return true
    }
    await pause(pollMs)
  }
  return false
}

async function stopOrphan(folder: string, left: Postmaster, claim: Claim, logger: Logger): Promise<void> {
  logger.info({ pid: left.pid }, 'stopping the PostgreSQL server that an earlier process left behind')
  process.kill(left.pid, 'SIGINT')
  await claim.release()
  if (!(await waitUntilGone(folder, left, performance.now() + timeoutMs))) throw stuck(folder, left)
}

function stuck(folder: string, { pid }: Postmaster): StorageError {
  return new StorageError(
    `A PostgreSQL server (process ${pid}) runs on ${folder}, but neither answers nor stops. End it and start again.`,
  )
}

/**
 * Clears the way for a new server on the folder: one that a killed app process left behind is stopped cleanly, one
 * that is just starting or stopping is waited for, a file that a dead one left is harmless.
 * @throws {StorageError} when a live app process uses the folder
 */
export async function clearLeftoverServer(folder: string, logger: Logger): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const left = await readPostmasterFile(folder)
    if (!left) return removeLeftFiles(folder, left)
    const claim = left.address ? await claimServer(left.address, logger) : 'silent'
    if (claim === 'taken') throw folderInUse(folder)
    const runsHere = await isServerOf(folder, left.pid)
    if (claim !== 'silent') {
      if (runsHere) return stopOrphan(folder, left, claim, logger)
      /** It answers, yet is no process of this system: another container's on a shared volume. */
      await claim.release()
      throw folderInUse(folder)
    }
    if (!runsHere) return removeLeftFiles(folder, left)
    if (performance.now() > deadline) throw stuck(folder, left)
    await pause(pollMs)
  }
}
