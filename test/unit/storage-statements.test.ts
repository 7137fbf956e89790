import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PreparingClient } from '../../server/storage/preparing-client.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

let testDatabase: TestDatabase

beforeAll(async () => {
  testDatabase = await createTestDatabase()
})
afterAll(() => testDatabase.drop())

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
