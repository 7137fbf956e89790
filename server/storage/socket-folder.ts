import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canReach, type ServerUser } from './server-user.ts'
import { StorageError } from './storage-error.ts'

/** Where the server's socket lies: private to the user it runs as. */
export type SocketFolder = { path: string; remove(): Promise<void> }

export const temporarySocketPrefix = 'wrapup-socket-'

/** A socket's address takes 104 bytes on macOS, 108 on Linux; the file's own name needs up to 19 of them. */
const longestBytes = 84

/** The data folder itself or, where its path is too long for a socket's address, a temporary folder. */
export async function makeSocketFolder(
  dataFolder: string,
  user: ServerUser | undefined,
): Promise<SocketFolder> {
  if (Buffer.byteLength(dataFolder) <= longestBytes) return { path: dataFolder, remove: async () => {} }
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    const prefix = join(parent, temporarySocketPrefix)
    if (Buffer.byteLength(prefix) + 6 > longestBytes || (user && !(await canReach(parent, user)))) continue
    const path = await mkdtemp(prefix)
    if (user) await chown(path, user.uid, user.gid)
    return { path, remove: () => rm(path, { recursive: true, force: true }) }
  }
  throw new StorageError(
    `The path of the database folder ${dataFolder} is too long for a Unix socket, and no temporary folder serves instead. Set DATA_DIR to a shorter one.`,
  )
}
