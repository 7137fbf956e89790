import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import journal from '../../server/storage/migrations/meta/_journal.json' with { type: 'json' }
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { oauthStates } from '../../server/storage/schema.ts'
import { createTestDatabase } from '../support/test-database.ts'

const logger = createLogger('silent')
const dataDir = 'unused'

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
    await expect(opening).rejects.toThrow(/127\.0\.0\.1:9.*ECONNREFUSED.*DATABASE_URL/)
    await expect(opening).rejects.not.toThrow(/hunter2/)
  })
})
