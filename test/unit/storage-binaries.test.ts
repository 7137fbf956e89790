import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installedBinaries, reachableBinaries } from '../../server/storage/embedded-binaries.ts'
import { canReach, findServerUser } from '../../server/storage/server-user.ts'

test('When the programs lie where only their owner may enter, then the server user gets ones it can run', async () => {
  const closed = mkdtempSync(join(tmpdir(), 'wrapup-closed-'))
  const installed = await installedBinaries()
  const hidden = join(closed, 'native')
  cpSync(installed.folder, hidden, { recursive: true, verbatimSymlinks: true })
  const user = (await findServerUser(closed)) ?? userInfo()
  const version = `test-${process.pid}`
  const source = {
    folder: hidden,
    version,
    initdb: join(hidden, 'bin/initdb'),
    postgres: join(hidden, 'bin/postgres'),
  }
  const found = await reachableBinaries(source, user)
  const again = await reachableBinaries(source, user)
  expect(again).toEqual(found)
  expect(await canReach(found.postgres, user)).toBe(true)
  const said = execFileSync(found.postgres, ['--version'], { ...user, cwd: '/', env: {}, encoding: 'utf8' })
  expect(said).toContain('PostgreSQL')
  for (const folder of [closed, found.folder]) rmSync(folder, { recursive: true, force: true })
})

test('When nobody is root, then no other user and no copy is needed', async () => {
  const installed = await installedBinaries()
  expect(await reachableBinaries(installed, undefined)).toBe(installed)
})

test('When a folder is open to its owner alone, then others cannot reach what lies in it', async () => {
  const closed = mkdtempSync(join(tmpdir(), 'wrapup-closed-'))
  mkdirSync(join(closed, 'inside'), { mode: 0o755 })
  expect(await canReach(join(closed, 'inside'), { uid: 65_534, gid: 65_534 })).toBe(false)
  rmSync(closed, { recursive: true })
})
