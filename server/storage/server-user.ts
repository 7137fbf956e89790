import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { StorageError } from './storage-error.ts'

/** Whom the embedded server runs as. */
export type ServerUser = { uid: number; gid: number }

const unprivilegedNames = ['postgres', 'nobody']

async function userOfName(name: string): Promise<ServerUser | undefined> {
  const run = promisify(execFile)
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

/**
 * PostgreSQL refuses to run as root. Started by root, its server runs as the owner of the data folder or, where that
 * is root or the folder is new, as an unprivileged user of the system. Undefined: as whoever runs the app.
 * @param folder the data folder, which may not exist yet
 */
export async function findServerUser(folder: string): Promise<ServerUser | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const owner = await stat(folder).catch(() => undefined)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  for (const name of unprivilegedNames) {
    const user = await userOfName(name)
    if (user) return user
  }
  throw new StorageError(
    `PostgreSQL does not run as root, and this system has no user ${unprivilegedNames.join(' or ')} for it. Run the app as an ordinary user, add a user "postgres", or name a server in DATABASE_URL.`,
  )
}

/** Whether the user may enter the folder (or read the file) and all that lies above it, by their mode bits. */
export async function canReach(path: string, user: ServerUser): Promise<boolean> {
  const { uid, gid, mode } = await stat(path)
  const bits = uid === user.uid ? mode >> 6 : gid === user.gid ? mode >> 3 : mode
  if ((bits & 1) === 0) return false
  const parent = dirname(path)
  return parent === path || canReach(parent, user)
}
