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
    const answers = await Promise.all(ledgers().map((ledger) => ledger.storeAll([...keys, 'one'].map(event))))
    for (const place of keys.keys()) {
      expect(answers.filter((stored) => stored[place])).toHaveLength(1)
    }
    expect(answers.filter((stored) => stored[keys.length])).toEqual([])
    expect(await storedKeys()).toEqual(['one', 'three', 'two'])
    await first.pool.query('delete from webhook_events')
  })
})
