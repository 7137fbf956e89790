import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { type Database, openDatabase } from '../../server/storage/database.ts'
import { PreparingClient } from '../../server/storage/preparing-client.ts'
import { oauthStates } from '../../server/storage/schema.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

let testDatabase: TestDatabase
let database: Database

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  const logger = createLogger('silent')
  database = await openDatabase({ databaseUrl: testDatabase.url, dataDir: '', logger })
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})

const insertion = (id: string) =>
  sql`insert into ${oauthStates} (id, expires_at) values (${id}, now()) returning id`

async function storedIds(): Promise<string[]> {
  const rows = await database.db.select({ id: oauthStates.id }).from(oauthStates).orderBy(oauthStates.id)
  return rows.map(({ id }) => id)
}

describe('insertions in one trip', () => {
  test('When all succeed, then all are committed and each has its own answer', async () => {
    const answers = await database.runInOneTrip([insertion('a'), insertion('b'), insertion('c')])
    expect(answers.map(({ rows }) => rows)).toEqual([[{ id: 'a' }], [{ id: 'b' }], [{ id: 'c' }]])
    expect(await storedIds()).toEqual(['a', 'b', 'c'])
    await database.db.delete(oauthStates)
  })

  test.each([0, 1, 2])('When number %i fails, then nothing is kept and it says why', async (place) => {
    const insertions = ['a', 'b', 'c'].map(insertion)
    insertions[place] = sql`insert into ${oauthStates} (id, expires_at) values (${'d'}, null)`
    await expect(database.runInOneTrip(insertions)).rejects.toMatchObject({ code: '23502' })
    expect(await storedIds()).toEqual([])
    expect(database.pool.waitingCount).toBe(0)
    expect(database.pool.idleCount).toBe(database.pool.totalCount)
  })

  test('When the connection is lost meanwhile, then it fails and the next has another', async () => {
    const cut = sql`insert into ${oauthStates} (id, expires_at)
      select pg_terminate_backend(pg_backend_pid())::text, now()`
    await expect(database.runInOneTrip([insertion('a'), cut, insertion('b')])).rejects.toThrow(
      /terminat|closed|EPIPE|ECONNRESET/,
    )
    expect(await storedIds()).toEqual([])
    await database.runInOneTrip([insertion('a')])
    expect(await storedIds()).toEqual(['a'])
    await database.db.delete(oauthStates)
  })
})

describe('prepared statements', () => {
  async function connect() {
    const client = new PreparingClient(testDatabase.url)
    await client.connect()
    return {
      client,
      prepared: async () => {
        const { rows }: { rows: { statement: string }[] } = await client.query(
          'select statement from pg_prepared_statements order by name',
        )
        return rows.map(({ statement }) => statement)
      },
      [Symbol.asyncDispose]: () => client.end(),
    }
  }

  test('When a statement comes a second time, then the server keeps it, once', async () => {
    await using connection = await connect()
    const ask = async (value: string) =>
      (await connection.client.query('select $1::text as value', [value])).rows
    expect(await ask('1')).toEqual([{ value: '1' }])
    expect(await connection.prepared()).toEqual([])
    expect(await ask('2')).toEqual([{ value: '2' }])
    expect(await ask('3')).toEqual([{ value: '3' }])
    expect(await connection.prepared()).toEqual(['select $1::text as value'])
  })

  test('When one text holds several statements, then it runs as often as it comes', async () => {
    await using connection = await connect()
    for (let time = 0; time < 3; time += 1) {
      // As pg-boss asks for its upkeep: with a list of no values.
      const answers: unknown = await connection.client.query('select 1 as one; select 2 as two', [])
      expect(answers).toMatchObject([{ rows: [{ one: 1 }] }, { rows: [{ two: 2 }] }])
    }
    expect(await connection.prepared()).toEqual([])
  })

  test('When ever new statements come, then the server keeps no more than it has room for', async () => {
    await using connection = await connect()
    for (let number = 0; number < 200; number += 1) {
      for (let time = 0; time < 2; time += 1) {
        const { rows } = await connection.client.query(`select $1::int + ${number} as sum`, [1])
        expect(rows).toEqual([{ sum: number + 1 }])
      }
    }
    expect(await connection.prepared()).toHaveLength(150)
  })

  test('When a prepared statement fails, then it is there for the next time', async () => {
    await using connection = await connect()
    const divide = (by: number) => connection.client.query('select 4 / $1::int as share', [by])
    expect((await divide(1)).rows).toEqual([{ share: 4 }])
    await expect(divide(0)).rejects.toMatchObject({ code: '22012' })
    expect((await divide(2)).rows).toEqual([{ share: 2 }])
  })
})
