import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { createMessageRepository } from '../../server/messages/message-repository.ts'
import type { NewSend, SentMessage } from '../../server/messages/message-send-repository.ts'
import { createOptOutRepository } from '../../server/providers/opt-out-repository.ts'
import { type Database, openDatabase } from '../../server/storage/database.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

let testDatabase: TestDatabase
let database: Database

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = await openDatabase({
    databaseUrl: testDatabase.url,
    dataDir: '',
    logger: createLogger('silent'),
  })
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})

function newSend(contactId: string): NewSend {
  const [requestHash, bodyHash] = [randomUUID(), randomUUID()]
  return {
    locationId: 'here',
    idempotencyKey: randomUUID(),
    contactId,
    userId: 'user',
    requestHash,
    bodyHash,
  }
}

const sentAs = (id: string, { contactId }: NewSend): SentMessage => ({
  id,
  contactId,
  direction: 'outbound',
  status: 'sent',
  at: new Date().toISOString(),
})

/** What many ask or write at the same time goes with few statements: each gets what is its own. */
describe('what many texts need at once', () => {
  it('When several numbers are looked up at once, then each text hears of its own', async () => {
    const list = createOptOutRepository(database)
    const [out, back, never] = ['+13125550101', '+13125550102', '+13125550103']
    const stopped = { source: 'heymarket', isOptedOut: true, at: new Date() } as const
    await list.set('here', out, stopped)
    await list.set('here', back, { ...stopped, isOptedOut: false })
    await list.set('there', never, stopped)
    const asked = [
      ['here', never],
      ['here', out],
      ['there', out],
      ['here', back],
      ['there', never],
      ['here', out],
    ] as const
    const found = await Promise.all(asked.map(([locationId, phone]) => list.find(locationId, phone)))
    expect(found.map((row) => row?.isOptedOut)).toEqual([undefined, true, undefined, false, true, true])
  })

  it('When several locations are asked about at once, then each hears whether anybody opted out there', async () => {
    const list = createOptOutRepository(database)
    const opted = { source: 'heymarket', at: new Date() } as const
    await list.set('with one', '+13125550111', { ...opted, isOptedOut: true })
    await list.set('with one back', '+13125550111', { ...opted, isOptedOut: false })
    const asked = ['with none', 'with one', 'with one back', 'with one']
    expect(await Promise.all(asked.map(list.hasAny))).toEqual([false, true, false, true])
  })

  it('When texts end at once in different ways, then each keeps its own end', async () => {
    const ledger = createMessageRepository({ db: database.db, now: Date.now })
    const sends = Array.from({ length: 6 }, (_, place) => newSend(`contact${place}`))
    expect(await Promise.all(sends.map(ledger.begin))).toEqual(sends.map(() => true))
    await Promise.all(
      sends.map((send, place) => {
        if (place % 3 === 0) return ledger.markEnded(send, 'failed')
        if (place % 3 === 1) return ledger.markEnded(send, 'unknown')
        return ledger.markSent(send, sentAs(`message${place}`, send), null)
      }),
    )
    const records = await Promise.all(sends.map(ledger.find))
    expect(records.map((record) => record?.status)).toEqual([
      'failed',
      'unknown',
      'sent',
      'failed',
      'unknown',
      'sent',
    ])
    expect(records[2]).toMatchObject({ contactId: 'contact2', sent: { id: 'message2' } })
  })

  it('When a text is said to have failed after it was sent, then it stays sent', async () => {
    const ledger = createMessageRepository({ db: database.db, now: Date.now })
    const send = newSend('contact')
    await ledger.begin(send)
    // The first statement begins at once; the other two share one.
    await Promise.all([
      ledger.markEnded(newSend('another'), 'failed'),
      ledger.markSent(send, sentAs('message', send), null),
      ledger.markEnded(send, 'failed'),
    ])
    expect(await ledger.find(send)).toMatchObject({ status: 'sent' })
    await ledger.markEnded(send, 'unknown')
    expect(await ledger.find(send)).toMatchObject({ status: 'sent' })
  })
})
