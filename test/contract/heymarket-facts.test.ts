import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHeymarketSide } from '../../server/sync/heymarket-side.ts'
import { startHeymarketSandbox } from '../sandbox/heymarket/heymarket-sandbox.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { createTestClock } from '../support/clock.ts'
import { type HeymarketStage, startHeymarketStage, textTo } from './heymarket-stage.ts'

let stage: HeymarketStage
const phone = '+15105553344'
const digits = phone.slice(1)
const { tag } = heymarketIds
const since = new Date(0)

beforeEach(async () => {
  stage = await startHeymarketStage()
})
afterEach(() => stage.heymarket.close())

const call = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) =>
  stage.http.exchange({ method, path, ...(body ? { body } : {}) })

describe('the door', () => {
  /** Computed from the document: secret `test-secret-id`, key `test-secret-key`, iat 1700000000. */
  const vector =
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ0ZXN0LXNlY3JldC1pZCIsImlhdCI6MTcwMDAwMDAwMH0.mgNvFmoBBZjj3WdSsH2eyfPxIJzbTjxQYlFLRa4RLxc'

  test.each([
    ['as it is', vector, 200],
    ['with another signature', `${vector.slice(0, -2)}xx`, 401],
  ])('When the token of the reference comes %s, then %s', async (_how, token, status) => {
    const heymarket = await startHeymarketSandbox({ clock: createTestClock(1_700_000_000_000) })
    heymarket.state.apiSecrets.splice(0, 1, { id: 'test-secret-id', key: 'test-secret-key' })
    const authorization = `Bearer ${token}`
    expect((await fetch(`${heymarket.origin}/v1/inboxes`, { headers: { authorization } })).status).toBe(
      status,
    )
    await heymarket.close()
  })

  test('When two secrets of a team call, then they share its 500 calls a minute', async () => {
    stage.heymarket.behaviour.callsPerMinute = 2
    const second = { id: 'second-secret', key: 'second-key' }
    stage.heymarket.state.apiSecrets.push(second)
    await stage.adapter.checkCredentials()
    const other = stage.connect({ credentials: { secretId: second.id, secretKey: second.key } })
    await expect(other.checkCredentials()).rejects.toMatchObject({ code: 'rate_limited' })
  })
})

describe('contacts', () => {
  test.each([
    ['without its phone, which every PUT needs', { first: 'Jo' }, 400],
    ['with a note, which can only be read', { phone: digits, note: [{ text: 'Likes mornings' }] }, 400],
    ['with tags by name', { phone: digits, tags: ['lead'] }, 400],
    ['with a tag that is not there', { phone: digits, tags: [{ tag_id: 4711 }] }, 400],
    ['with a `+` in its phone', { phone }, 400],
    ['with all that is documented', { phone: digits, email_suppressions: [], assignee_id: -1 }, 200],
  ])('When a contact is put %s, then %s', async (_how, body, status) => {
    const { id } = stage.heymarket.addContact({ phone })
    expect((await call('PUT', `/v1/contact/${id}`, body)).status).toBe(status)
  })

  test('When one is asked for by its id, then the id is a text', async () => {
    const { id } = stage.heymarket.addContact({ phone })
    expect((await call('POST', '/v1/contact/get', { id: String(id) })).status).toBe(200)
    expect((await call('POST', '/v1/contact/get', { id })).status).toBe(400)
  })

  test('When both phone and id are given, then the phone wins', async () => {
    const { id } = stage.heymarket.addContact({ phone })
    const other = stage.heymarket.addContact({ phone: '+15105553355' })
    const { text } = await call('POST', '/v1/contact/get', { id: String(other.id), phone: digits })
    expect(JSON.parse(text)).toMatchObject({ id })
  })

  test.each([
    ['numbers', [tag.lead, tag.customer]],
    ['objects with `tag_id`', [{ tag_id: tag.lead }, { tag_id: tag.customer }]],
    ['objects with `id`', [{ id: tag.lead, tag: 'lead' }, { id: tag.customer }]],
  ])('When the tags of a contact come as %s, then they are its tags', async (_shape, tags) => {
    const body = { id: 1, phone: digits, updated: '2026-04-12T15:30:00Z', tags }
    stage.heymarket.faults.add({ path: '/v1/contact/1', status: 200, body })
    expect(await stage.contacts.get(1)).toMatchObject({ phone, tagIds: [tag.lead, tag.customer] })
  })

  test('When somebody unknown is looked for and the answer is null, then nobody is found', async () => {
    stage.heymarket.faults.add({ path: '/v1/contact/get', status: 200, body: null })
    expect(await stage.contacts.findByPhone(phone)).toBeNull()
  })

  test('When a comment is to begin a conversation, then Heymarket refuses it: there has to be one', async () => {
    const comment = { chatId: 4711, text: 'Called, no answer', localId: 'note-1' }
    await expect(stage.contacts.addComment(comment)).rejects.toMatchObject({ code: 'rejected' })
  })
})

describe('times in whole seconds, as the documents show them', () => {
  beforeEach(() => {
    stage.heymarket.behaviour.wholeSeconds = true
  })

  test('When a page of contacts shares a second, then the sync goes on behind it and reads all', async () => {
    for (let count = 0; count < 90; count += 1) {
      if (count % 30 === 0) stage.clock.advance(1_000)
      stage.heymarket.addContact({ phone: `+1510555${1_000 + count}` })
    }
    const side = createHeymarketSide({ api: stage.contacts, takeTurn: async () => {} })
    const ids = new Set<string>()
    let cursor: string | null = null
    for (let pages = 0; pages < 20; pages += 1) {
      const page = await side.page(cursor)
      for (const { id } of page.contacts) ids.add(id)
      cursor = page.cursor
      if (cursor === null) break
    }
    expect([ids.size, cursor]).toEqual([90, null])
  })

  test('When exactly a page of texts shares a second, then what became of the others is read, too', async () => {
    // Else they would change once more, all in the last second.
    stage.heymarket.behaviour.statusDelaysMs.sent = 3_600_000
    for (let count = 0; count < 90; count += 1) {
      if (count % 30 === 0) stage.clock.advance(1_000)
      await stage.adapter.send(textTo(phone))
    }
    expect(await stage.adapter.readReports({ providerMessageIds: [], since })).toHaveLength(90)
  })
})

describe('what is told, and what is not', () => {
  test('When a text is delivered, then no webhook tells it: there is none for that', async () => {
    stage.heymarket.setUpWebhook('http://127.0.0.1:9/hooks')
    await stage.adapter.send(textTo(phone))
    await stage.heymarket.settle()
    expect(stage.heymarket.sentTexts()).toMatchObject([{ status: 'delivered' }])
    expect(stage.heymarket.webhooks.deliveries).toEqual([])
  })

  test('When a person there texts somebody, then it is a state of no text of ours, and no reply', async () => {
    stage.heymarket.setUpWebhook('http://127.0.0.1:9/hooks')
    const { id } = stage.heymarket.sendByMember(phone, 'Written in Heymarket itself')
    await stage.heymarket.settle()
    expect(await stage.adapter.readReports({ providerMessageIds: [], since })).toEqual([])
    const body = Buffer.from(stage.heymarket.webhooks.deliveries[0]?.body ?? '')
    expect(stage.adapter.readWebhook({ body, headers: {}, query: {} })).toMatchObject([
      { kind: 'status', providerMessageId: String(id), dedupeText: null },
    ])
  })
})
