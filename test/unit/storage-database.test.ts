import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { describe, expect, inject, test, vi } from 'vitest'
import journal from '../../server/storage/migrations/meta/_journal.json' with { type: 'json' }
import { createLogger } from '../../server/logger.ts'
import { explainDatabaseFault } from '../../server/storage/database-faults.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { oauthStates } from '../../server/storage/schema.ts'
import { urlOfDatabase } from '../support/database-server.ts'
import { createTestDatabase } from '../support/test-database.ts'

const logger = createLogger('silent')
const dataDir = 'unused'

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  await client.query(statement)
  await client.end()
}

function asUser(url: string, user: string): string {
  const address = new URL(url)
  address.username = user
  return address.href
}

describe('an external database', () => {
  test('When five replicas start at once on an empty database, then all open it and it is migrated once', async () => {
    const { url, drop } = await createTestDatabase({ empty: true })
    const databases = await Promise.all(
      Array.from({ length: 5 }, () => openDatabase({ databaseUrl: url, dataDir, logger })),
    )
    const [first] = databases
    const applied = await first?.pool.query('select count(*)::int as n from drizzle.__drizzle_migrations')
    expect(applied?.rows).toEqual([{ n: journal.entries.length }])
    await Promise.all(databases.map((database) => database.ping()))
    await Promise.all(databases.map((database) => database.close()))
    await drop()
  })

  test('When a time is stored, then it comes back as the same moment', async () => {
    const { url, drop } = await createTestDatabase()
    const database = await openDatabase({ databaseUrl: url, dataDir, logger })
    const expiresAt = new Date('2026-03-29T01:30:00.123+02:00')
    await database.db.insert(oauthStates).values({ id: 'a', expiresAt })
    expect(await database.db.select().from(oauthStates)).toEqual([{ id: 'a', expiresAt }])
    await database.close()
    await drop()
  })

  test('When a connection is cut within a transaction, then that fails alone and the app goes on', async () => {
    const { url, drop } = await createTestDatabase()
    const database = await openDatabase({ databaseUrl: url, dataDir, logger })
    const { promise: isCut, resolve } = Promise.withResolvers<void>()
    database.pool.once('acquire', (client) => client.once('end', resolve))
    const cut = database.db.transaction(async (tx) => {
      const { rows } = await tx.execute(sql`select pg_backend_pid() as pid`)
      await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.['pid']])
      await isCut
      await tx.execute(sql`select 1`)
    })
    await expect(cut).rejects.toThrow(/Failed query|terminat|closed/)
    await database.ping()
    await database.close()
    await drop()
  })

  test('When work still holds a connection, then the database is closed all the same', async () => {
    const { url, drop } = await createTestDatabase()
    const database = await openDatabase({ databaseUrl: url, dataDir, logger })
    const client = await database.pool.connect()
    await expect(database.close()).resolves.toBeUndefined()
    client.release()
    await drop()
  })

  test('When the server cannot be reached, then the error names the place and never the password', async () => {
    const opening = openDatabase({
      databaseUrl: 'postgresql://app:hunter2@127.0.0.1:9/app',
      dataDir,
      logger,
    })
    await expect(opening).rejects.toThrow(/127\.0\.0\.1:9.*nothing listens.*ECONNREFUSED.*DATABASE_URL/)
    await expect(opening).rejects.not.toThrow(/hunter2/)
  })

  test('When its user may not create a schema or a table, then the error says which right is missing', async () => {
    const { url, drop } = await createTestDatabase({ empty: true })
    const user = `reader_${randomUUID().slice(0, 8)}`
    await administer(url, `create role ${user} login`)
    const opening = openDatabase({ databaseUrl: asUser(url, user), dataDir, logger })
    await expect(opening).rejects.toThrow(/lacks a right.*create schemas.*42501/)
    await administer(url, `grant create on database "${new URL(url).pathname.slice(1)}" to ${user}`)
    const again = openDatabase({ databaseUrl: asUser(url, user), dataDir, logger })
    await expect(again).rejects.toThrow(/lacks a right.*tables in the schema "public".*42501/)
    await drop()
    await administer(urlOfDatabase(inject('databaseServer'), 'postgres'), `drop role ${user}`)
  })

  test('When the server offers no TLS though it is asked for, then the error says so', async () => {
    const { url, drop } = await createTestDatabase({ empty: true })
    const opening = openDatabase({ databaseUrl: `${url}&sslmode=verify-full`, dataDir, logger })
    await expect(opening).rejects.toThrow(/no TLS, which sslmode/)
    await drop()
  })

  test('When there is no such database or user, then the error says which it is', async () => {
    const missing = urlOfDatabase(inject('databaseServer'), 'nowhere')
    await expect(openDatabase({ databaseUrl: missing, dataDir, logger })).rejects.toThrow(
      /no such database.*3D000/,
    )
    const stranger = asUser(missing, 'stranger')
    await expect(openDatabase({ databaseUrl: stranger, dataDir, logger })).rejects.toThrow(
      /user is not let in.*28000/,
    )
  })

  test.each([
    ['28P01', /password of its user is wrong \(28P01\)/],
    ['ENOTFOUND', /host name does not exist \(ENOTFOUND\)/],
    ['ETIMEDOUT', /does not answer \(ETIMEDOUT\)/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /certificate is refused.*\(DEPTH_ZERO_SELF_SIGNED_CERT\)/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /certificate is refused/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /certificate is refused/],
    ['XX000', /it failed \(XX000\)/],
  ])('When the driver says %s, however deep, then the error says it in words', (code, words) => {
    const driver = Object.assign(new Error('hunter2'), { code })
    const wrapped = new Error('Failed query: hunter2', { cause: new Error('hunter2', { cause: driver }) })
    const explained = explainDatabaseFault(wrapped, 'postgresql://app:hunter2@db.example.com/app')
    expect(explained).toMatchObject({ name: 'StorageError', message: expect.stringMatching(words) })
    expect(explained).toMatchObject({ message: expect.not.stringContaining('hunter2') })
  })
})

describe('migrations', () => {
  /** Another process that is just at it. */
  async function migratingElsewhere(url: string) {
    const client = new Client(url)
    await client.connect()
    await client.query('select pg_advisory_lock($1)', [0x777261707570])
    return { done: () => client.end() }
  }

  function recordedLogger() {
    const lines: string[] = []
    return { lines, logger: createLogger('info', { write: (line: string) => void lines.push(line) }) }
  }

  test('When there are some to run, then the log says so once, and nothing where there are none', async () => {
    const { url, drop } = await createTestDatabase({ empty: true })
    const { lines, logger } = recordedLogger()
    for (let start = 0; start < 2; start += 1) {
      const database = await openDatabase({ databaseUrl: url, dataDir, logger })
      await database.close()
    }
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        msg: 'bringing the database up to date',
        migrations: journal.entries.length,
      }),
    ])
    await drop()
  })

  test('When another process is at it, then the log says that it is waited for, and the start goes on after', async () => {
    const { url, drop } = await createTestDatabase()
    const other = await migratingElsewhere(url)
    const { lines, logger } = recordedLogger()
    const opening = openDatabase({ databaseUrl: url, dataDir, logger })
    await vi.waitFor(() => expect(lines.join()).toContain('waiting for another process'))
    await other.done()
    await (await opening).close()
    expect(lines).toHaveLength(1)
    await drop()
  })

  test('When the app is told to stop meanwhile, then it waits no longer', async () => {
    const { url, drop } = await createTestDatabase()
    const other = await migratingElsewhere(url)
    const { lines, logger } = recordedLogger()
    const stop = new AbortController()
    const opening = openDatabase({ databaseUrl: url, dataDir, logger, signal: stop.signal })
    await vi.waitFor(() => expect(lines.join()).toContain('waiting for another process'))
    stop.abort()
    await expect(opening).rejects.toThrow(/told to stop/)
    await other.done()
    await drop()
  })
})
