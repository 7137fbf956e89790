import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  lchown,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { join } from 'node:path'
import { checkOwner, makeFolder, unusable } from './data-folder.ts'
import { installedBinaries, reachableBinaries, type Binaries } from './embedded-binaries.ts'
import { runPostgres } from './postgres-process.ts'
import { superuser } from './server-claim.ts'
import { findServerUser, type ServerUser } from './server-user.ts'
import { StorageError } from './storage-error.ts'

/** A data folder that is ready for a server of the installed version. */
export type Cluster = { folder: string; binaries: Binaries; user: ServerUser | undefined }

const draftPrefix = '.new-'

/** DATA_DIR holds the server's folder; it may also itself be one, such as a copy of another's. */
async function clusterFolder(dataDir: string): Promise<string> {
  await makeFolder(dataDir)
  const root = await realpath(dataDir)
  return existsSync(join(root, 'PG_VERSION')) ? root : join(root, 'postgres')
}

async function isMissing(folder: string): Promise<boolean> {
  return !existsSync(folder) || (await readdir(folder)).length === 0
}

/** A folder of root's, such as a restored backup, is given to the server's user whole. */
async function chownAll(folder: string, { uid, gid }: ServerUser): Promise<void> {
  if ((await stat(folder)).uid === uid) return
  await chown(folder, uid, gid)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), uid, gid)
  }
}

/**
 * Makes the data folder beside its final place and then moves it there at once: a start that is killed half way leaves
 * nothing that a later one could take for a database.
 */
async function createCluster({ folder, binaries, user }: Cluster): Promise<void> {
  const dataDir = join(folder, '..')
  const draft = await mkdtemp(join(dataDir, draftPrefix))
  if (user) await chown(draft, user.uid, user.gid)
  const initdb = await runPostgres({
    program: binaries.initdb,
    folder: draft,
    user,
    detached: false,
    args: (name) => [
      `--pgdata=${name}`,
      `--username=${superuser}`,
      '--auth-local=trust',
      '--auth-host=reject',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
  })
  const code = await initdb.exited
  try {
    if (code === 0) await rename(draft, folder)
  } catch (error) {
    if (await isMissing(folder)) throw error
  }
  if (await isMissing(folder)) {
    await rm(draft, { recursive: true, force: true })
    throw new StorageError(
      `The embedded PostgreSQL could not make its files in ${folder}: ${initdb.lastLines.join(' ')}`,
    )
  }
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(draftPrefix)) continue
    // Another start that still writes there removes it itself.
    await rm(join(dataDir, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

async function checkVersion({ folder, binaries }: Cluster): Promise<void> {
  const found = (await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  const major = binaries.version.split('.')[0]
  if (found === major) return
  throw new StorageError(
    found
      ? `The database in ${folder} was made by PostgreSQL ${found}; this app brings PostgreSQL ${major}, which cannot read it. Dump it with pg_dump from a PostgreSQL ${found} server on that folder (the release of this app that made it runs one), move the folder away, start this release, and restore the dump with pg_restore (docs/deploying.md has the commands).`
      : `The folder ${folder} holds no PostgreSQL database (it has no PG_VERSION), yet is not empty. Move it away, or set DATA_DIR to another folder.`,
  )
}

/** Checks the data folder, and makes it where there is none yet. */
export async function prepareCluster(dataDir: string): Promise<Cluster> {
  try {
    const folder = await clusterFolder(dataDir)
    const user = await findServerUser(folder)
    const cluster = { folder, user, binaries: await reachableBinaries(await installedBinaries(), user) }
    if (await isMissing(folder)) await createCluster(cluster)
    if (!user) await checkOwner(folder)
    await checkVersion(cluster)
    if (user) await chownAll(folder, user)
    await chmod(folder, 0o700)
    return cluster
  } catch (error) {
    if (error instanceof StorageError) throw error
    throw unusable(dataDir, error)
  }
}
