import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { type Database, openDatabase } from '../../server/storage/database.ts'
import { createWebhookRepository, type ReceivedEvent } from '../../server/webhooks/webhook-repository.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

let testDatabase: TestDatabase
let first: Database
let second: Database

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  const logger = createLogger('silent')
  const open = () => openDatabase({ databaseUrl: testDatabase.url, dataDir: '', logger })
  first = await open()
  second = await open()
})
afterAll(async () => {
  await first.close()
  await second.close()
  await testDatabase.drop()
})

const nothingFollows = async () => []
const event = (dedupeKey: string): ReceivedEvent => ({
  dedupeKey,
  type: 'ContactUpdate',
  locationId: 'here',
  companyId: null,
  eventAt: null,
  receivedAt: new Date(),
  payload: {},
})

/** The ledger as two processes keep it. */
describe('the ledger of webhooks', () => {
  const ledgers = () => [createWebhookRepository(first), createWebhookRepository(second)] as const

  async function storedKeys(): Promise<string[]> {
    const { rows } = await first.pool.query<{ key: string }>(
      'select dedupe_key as key from webhook_events order by key',
    )
    return rows.map(({ key }) => key)
  }

  it('When two processes hear of the same at the same time, then one of them has it as new', async () => {
    const keys = ['one', 'two', 'three']
    const answers = await Promise.all(
      ledgers().map((ledger) => ledger.storeAll([...keys, 'one'].map(event), nothingFollows)),
    )
    for (const place of keys.keys()) {
      expect(answers.map((isNew) => isNew[place]).toSorted()).toEqual([false, true])
    }
    expect(answers.map((isNew) => isNew[3])).toEqual([false, false])
    expect(await storedKeys()).toEqual(['one', 'three', 'two'])
    await first.pool.query('delete from webhook_events')
  })

  it('When the database was set back to an earlier time, then what cannot be stored is not called stored', async () => {
    const [living, other] = ledgers()
    const { rows } = await first.pool.query<{ set: string }>(
      `select format('select setval(%L, %s, %L)', 'webhook_events_id_seq', last_value, is_called) as set
        from webhook_events_id_seq`,
    )
    await living.storeAll([event('before')], nothingFollows)
    await first.pool.query('delete from webhook_events')
    for (const { set } of rows) await first.pool.query(set)
    expect(await living.storeAll([event('a1'), event('a2')], nothingFollows)).toEqual([true, true])

    const later = ['b1', 'b2', 'b3', 'b4'].map(event)
    await expect(other.storeAll(later, nothingFollows)).rejects.toMatchObject({ code: '23505' })
    expect(await other.storeAll(later, nothingFollows)).toEqual([true, true, true, true])
    expect(await storedKeys()).toEqual(['a1', 'a2', 'b1', 'b2', 'b3', 'b4'])
  })
})
