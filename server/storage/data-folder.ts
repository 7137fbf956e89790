import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StorageError } from './storage-error.ts'

/** Node's own `recursive` asks for ever where a file system, such as /proc, says that the new folder does not exist. */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  await makeFolder(dirname(folder))
  await mkdir(folder).catch(async (error: unknown) => {
    if (!(await isFolder(folder))) throw error
  })
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

const faultWords: Readonly<Record<string, string>> = {
  EACCES: 'the user who runs the app may not use it (EACCES)',
  EEXIST: 'a file of that name is in the way (EEXIST)',
  ENOENT: 'it is not there and cannot be made (ENOENT)',
  ENOSPC: 'the disk is full (ENOSPC)',
  ENOTDIR: 'a file is in the way (ENOTDIR)',
  EROFS: 'it lies on a disk that is read only (EROFS)',
}

function unwritable(folder: string, reason: string, cause?: unknown): StorageError {
  return new StorageError(
    `The database folder ${folder} cannot be used: ${reason}. Make it writable for the user who runs the app, set DATA_DIR to another folder, or name a PostgreSQL server in DATABASE_URL.`,
    { cause },
  )
}

export function unusable(folder: string, error: unknown): StorageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return unwritable(folder, faultWords[code] ?? code, error)
}

/** @throws {StorageError} where the folder is not the user's own */
export async function checkOwner(folder: string): Promise<void> {
  const { uid } = await stat(folder)
  if (uid !== process.geteuid?.()) throw unwritable(folder, `it belongs to another user (uid ${uid})`)
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
}
