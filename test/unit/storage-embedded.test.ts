import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { openDatabase, type Database } from '../../server/storage/database.ts'
import { isServerOf } from '../../server/storage/postmaster-file.ts'
import { oauthStates } from '../../server/storage/schema.ts'

const logger = createLogger('silent')
const nobody = 65_534
const holderModule = join(import.meta.dirname, '../support/database-holder.ts')

let template: string
let home: string
let dataDir: string
let children: ChildProcess[] = []

/** What a first start makes takes most of its time: made once, then copied. */
beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'wrapup-template-'))
  await inDatabase(template, ({ db }) => db.insert(oauthStates).values(state))
}, 60_000)

afterAll(() => rmSync(template, { recursive: true, force: true }))

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'wrapup-data-'))
  dataDir = join(home, 'data')
})

afterEach(async () => {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await once(child, 'exit')
    }),
  )
  children = []
  rmSync(home, { recursive: true, force: true })
})

const state = { id: 'kept', expiresAt: new Date('2027-01-01T00:00:00Z') }

const clusterOf = (folder: string) => join(folder, 'postgres')

/** Starts a process like the app's; answers with its first line: "open" or what is wrong. */
async function startHolder(folder: string, uid?: number): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [holderModule, folder, ...(uid ? [String(uid)] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, said: String(said) }
}

async function inDatabase<T>(folder: string, use: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase({ dataDir: folder, logger })
  try {
    return await use(database)
  } finally {
    await database.close()
  }
}

function serverPid(folder: string): number {
  return Number(readFileSync(join(clusterOf(folder), 'postmaster.pid'), 'utf8').split('\n')[0])
}

/** A folder that an earlier run of the app left. */
function givenDatabase(folder: string): void {
  cpSync(template, folder, { recursive: true })
}

const storedStates = ({ db }: Database) => db.select().from(oauthStates)

/** Each starts servers and processes, which takes its time on a busy machine. */
describe('the embedded server', { timeout: 60_000 }, () => {
  test('When the app is started anew, then what it stored is there, and a stop leaves no process', async () => {
    const pid = await inDatabase(dataDir, async ({ db }) => {
      await db.insert(oauthStates).values(state)
      return serverPid(dataDir)
    })
    expect(await isServerOf(clusterOf(dataDir), pid)).toBe(false)
    expect(existsSync(join(clusterOf(dataDir), 'postmaster.pid'))).toBe(false)
    expect(await inDatabase(dataDir, storedStates)).toEqual([state])
  })

  test('When the app is killed, then the next start works at once and has what was committed', async () => {
    givenDatabase(dataDir)
    const { child, said } = await startHolder(dataDir)
    expect(said).toBe('open')
    const orphan = serverPid(dataDir)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await isServerOf(clusterOf(dataDir), orphan)).toBe(true)
    expect(await inDatabase(dataDir, storedStates)).toEqual([state])
    expect(await isServerOf(clusterOf(dataDir), orphan)).toBe(false)
  })

  test('When app and server are killed, then the next start recovers', async () => {
    givenDatabase(dataDir)
    const { child } = await startHolder(dataDir)
    const pid = serverPid(dataDir)
    child.kill('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(async () => expect(await isServerOf(clusterOf(dataDir), pid)).toBe(false))
    await inDatabase(dataDir, (database) => database.ping())
  })

  test('When the id in a left postmaster.pid belongs to another process by now, then the app starts', async () => {
    givenDatabase(dataDir)
    const other = spawn('sleep', ['60'])
    children.push(other)
    writeFileSync(
      join(clusterOf(dataDir), 'postmaster.pid'),
      `${other.pid}\n${clusterOf(dataDir)}\n1\n5432\n${clusterOf(dataDir)}\n\n`,
    )
    await inDatabase(dataDir, (database) => database.ping())
    expect(other.exitCode).toBeNull()
  })

  test('When a first start is killed half way, then the next one begins afresh', async () => {
    mkdirSync(join(dataDir, '.new-killed', 'base'), { recursive: true })
    mkdirSync(clusterOf(dataDir))
    await inDatabase(dataDir, (database) => database.ping())
    expect(existsSync(join(dataDir, '.new-killed'))).toBe(false)
  })

  test('When a live app uses the folder, then a second says so and the first goes on', async () => {
    givenDatabase(dataDir)
    const { child, said } = await startHolder(dataDir)
    expect(said).toBe('open')
    await expect(openDatabase({ dataDir, logger })).rejects.toThrow(/in use by another.*DATABASE_URL/)
    const pid = serverPid(dataDir)
    expect(await isServerOf(clusterOf(dataDir), pid)).toBe(true)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await isServerOf(clusterOf(dataDir), pid)).toBe(false)
  })

  test('When two apps start at once on a new folder, then one opens it and the other says why not', async () => {
    const said = (await Promise.all([startHolder(dataDir), startHolder(dataDir)])).map(
      (holder) => holder.said,
    )
    expect(said.sort()).toEqual([expect.stringContaining('in use by another'), 'open'])
  })

  test('When the path is too long for a socket, then the app starts nonetheless', async () => {
    const long = join(home, 'x'.repeat(120), 'y'.repeat(120))
    givenDatabase(long)
    const options = await inDatabase(long, async ({ connectionOptions }) => connectionOptions)
    expect(existsSync('host' in options ? options.host : long)).toBe(false)
    expect(await inDatabase(long, storedStates)).toEqual([state])
  })

  test('When the folder lies below one that only its owner may enter, then the app starts', async () => {
    const closed = join(home, "closed, 'quoted'")
    mkdirSync(closed, { mode: 0o700 })
    const inside = join(closed, 'data')
    await inDatabase(inside, ({ db }) => db.insert(oauthStates).values(state))
    const { child } = await startHolder(inside)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await inDatabase(inside, storedStates)).toEqual([state])
  })

  test('When the folder was made by another major version, then the error says so and how to move on', async () => {
    givenDatabase(dataDir)
    writeFileSync(join(clusterOf(dataDir), 'PG_VERSION'), '16\n')
    await expect(openDatabase({ dataDir, logger })).rejects.toThrow(/PostgreSQL 16.*PostgreSQL 18.*pg_dump/)
  })

  test('When DATA_DIR itself is a folder of PostgreSQL, then that one is used', async () => {
    givenDatabase(dataDir)
    expect(await inDatabase(clusterOf(dataDir), storedStates)).toEqual([state])
  })

  test('When the folder holds something else, then it is left alone and the error says so', async () => {
    mkdirSync(clusterOf(dataDir), { recursive: true })
    writeFileSync(join(clusterOf(dataDir), 'letter.txt'), 'mine')
    await expect(openDatabase({ dataDir, logger })).rejects.toThrow(/no PostgreSQL database.*DATA_DIR/)
    expect(readFileSync(join(clusterOf(dataDir), 'letter.txt'), 'utf8')).toBe('mine')
  })

  test('When the folder may not be written, then the error names it and the ways out', async () => {
    mkdirSync(dataDir)
    chmodSync(dataDir, 0o555)
    const { said } = await startHolder(dataDir, process.getuid?.() === 0 ? nobody : undefined)
    expect(said).toContain(dataDir)
    expect(said).toMatch(/cannot be used: .*EACCES.*DATA_DIR.*DATABASE_URL/)
  })

  test('When DATA_DIR is a file, then the error names it', async () => {
    writeFileSync(dataDir, '')
    await expect(openDatabase({ dataDir, logger })).rejects.toThrow(/cannot be used: .*EEXIST/)
  })

  test.runIf(process.platform === 'linux')(
    'When no folder can be made at DATA_DIR, then the error says so at once instead of trying for ever',
    async () => {
      const { said } = await startHolder('/proc/nope/data')
      expect(said).toMatch(/\/proc\/nope\/data cannot be used: .*ENOENT.*DATA_DIR.*DATABASE_URL/)
    },
  )
})
