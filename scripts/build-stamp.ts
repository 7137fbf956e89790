import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const projectRoot = resolve(import.meta.dirname, '..')
export const serverBundle = join(projectRoot, 'dist/server/main.js')
/** Left to itself V8 lets short-lived objects take 128 MB on a large machine, and is no faster for it. */
export const serverFlags = ['--max-semi-space-size=16']

const page = join(projectRoot, 'dist/client/index.html')
const stampFile = join(projectRoot, 'dist/build-stamp.txt')
const sources = [
  'client',
  'server',
  'shared',
  'scripts/build.ts',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
]

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)))
}

/** A hash over all that the build is made from: a checkout changes times, not contents. */
function hashSources(): string {
  const hash = createHash('sha256')
  for (const file of sources.flatMap((source) => filesOf(join(projectRoot, source)))) {
    hash
      .update(`${file.slice(projectRoot.length)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}

export function isBuildFresh(): boolean {
  if (![stampFile, page, serverBundle].every((file) => existsSync(file))) return false
  return readFileSync(stampFile, 'utf8') === hashSources()
}

/** Runs the build; its result counts as fresh only where nothing was changed meanwhile. */
export async function stampBuild(build: () => Promise<void>): Promise<void> {
  const before = hashSources()
  await build()
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, before)
}
