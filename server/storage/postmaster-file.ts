import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { socketAddress, socketFile, type SocketAddress } from './server-claim.ts'

/** What a server says of itself in its data folder. */
export type Postmaster = {
  pid: number
  socketFolder: string
  /** Undefined until the server has got so far as to listen. */
  address: SocketAddress | undefined
}

/**
 * Undefined when no server runs on the folder, nor ran there to a bad end.
 * @param folder the data folder's real path
 * @see https://www.postgresql.org/docs/18/storage-file-layout.html postmaster.pid
 */
export async function readPostmasterFile(folder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid, , , port, socketPath] = text.split('\n')
  if (!Number(pid)) return undefined
  // A server that was given its folder as an open descriptor names that.
  const socketFolder = !socketPath || socketPath.startsWith('/proc/') ? folder : socketPath
  return {
    pid: Number(pid),
    socketFolder,
    address: port ? { ...socketAddress(socketFolder), port: Number(port) } : undefined,
  }
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']).catch(() => ({
    stdout: '',
  }))
  return stdout
}

/**
 * Whether the process is a server on this very folder: a process id alone may since belong to anything, above all in
 * a container, where the same few ids come again at each start.
 */
export async function isServerOf(folder: string, pid: number): Promise<boolean> {
  const command = `${await commandLine(pid)} `.replaceAll('\0', ' ')
  return command.includes('postgres') && command.includes(`${folder} `)
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Removes what a dead server left: PostgreSQL itself ignores the lock files of a dead process, but not those whose
 * process id has since been given to another, or is kept by a zombie.
 */
export async function removeLeftFiles(folder: string, left: Postmaster | undefined): Promise<void> {
  if (left && exists(left.pid)) await rm(join(folder, 'postmaster.pid'), { force: true })
  await rm(join(folder, `${socketFile}.lock`), { force: true })
}
