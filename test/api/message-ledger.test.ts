import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { openEvents } from '../support/event-reader.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location } = seedIds
const sending = { method: 'POST', path: '/conversations/messages' }
const thread = { method: 'GET', path: '/conversations/:conversationId/messages' }

let world: World
let rep: Awaited<ReturnType<World['as']>>
beforeAll(async () => {
  world = await startWorld()
  await world.installed()
  rep = await world.as()
})
afterAll(() => world.close())
beforeEach(async () => {
  world.sandbox.faults.clear()
  await world.sandbox.webhooks.release()
  await world.sandbox.settle()
})

const send = (contactId: string, message: string, key: string) =>
  rep.post(`/contacts/${contactId}/messages`).set('Idempotency-Key', key).send({ message })
const textsOf = (body: string) => world.sandbox.state.messages.filter((message) => message.body === body)
const statusOfRepeat = (contactId: string, message: string, key: string) => async () =>
  (await send(contactId, message, key)).status
const settled = { timeout: 12_000, interval: 150 }
/** The thread is looked at for it, and what came of that is written down. */
async function lookedFor(work: () => Promise<unknown>): Promise<void> {
  const looks = () => world.sandbox.calls.filter(({ path }) => path === '/conversations/search').length
  const before = looks()
  await work()
  await expect.poll(looks, settled).toBeGreaterThan(before)
  const rowsOpen = sql`select 1 from pgboss.job where name = 'settle-messages' and state in ('created', 'active', 'retry')`
  await expect.poll(async () => (await world.database.db.execute(rowsOpen)).rows.length, settled).toBe(0)
}

describe('the ledger of messages', () => {
  it('When an answer is lost and the webhook tells of the text, then the key gives it and nothing is sent again', async () => {
    const [key, text] = [randomUUID(), 'The keys are under the mat.']
    world.sandbox.faults.add({ ...sending, loseAnswer: true })
    world.sandbox.faults.add({ ...thread, status: 500, times: 1_000 })
    expect((await send(contact.maya, text, key)).status).toBe(504)
    await world.sandbox.settle()
    await expect.poll(statusOfRepeat(contact.maya, text, key), settled).toBe(201)

    const again = await send(contact.maya, text, key)
    expect(again.body.message).toMatchObject({ id: textsOf(text)[0]?.id, body: text })
    expect(textsOf(text)).toHaveLength(1)
  })

  it('When no webhook comes either, then the thread tells, and the page hears of it', async () => {
    const [key, text] = [randomUUID(), 'See you at the showroom.']
    const reader = await openEvents(world.publicUrl, rep.token)
    world.sandbox.webhooks.hold()
    world.sandbox.faults.add({ ...sending, loseAnswer: true })
    expect((await send(contact.fresh, text, key)).status).toBe(504)
    expect((await send(contact.fresh, text, key)).body.error.code).toBe('outcome_unknown')
    await expect.poll(statusOfRepeat(contact.fresh, text, key), settled).toBe(201)

    expect(textsOf(text)).toHaveLength(1)
    const { event } = await reader.next(({ messageId }) => messageId === textsOf(text)[0]?.id)
    expect(event).toMatchObject({ type: 'message', contactId: contact.fresh, direction: 'outbound' })
    await reader.close()
  })

  it('When two texts of unknown outcome read the same, then neither is taken for the other', async () => {
    const [one, other, text] = [randomUUID(), randomUUID(), 'Any news on the offer?']
    world.sandbox.webhooks.hold()
    world.sandbox.faults.add({ ...sending, loseAnswer: true, times: 2 })
    await lookedFor(async () => {
      await send(contact.maya, text, one)
      await send(contact.maya, text, other)
    })
    expect(await statusOfRepeat(contact.maya, text, one)()).toBe(504)
    expect(await statusOfRepeat(contact.maya, text, other)()).toBe(504)
    expect(textsOf(text)).toHaveLength(2)
  })

  it('When a text did not leave, then it stays unknown and is not sent, also where a person wrote the same', async () => {
    const [key, text] = [randomUUID(), 'I am on my way to you.']
    world.sandbox.faults.add({ ...sending, reset: true })
    await lookedFor(async () => expect((await send(contact.maya, text, key)).status).toBe(504))
    const written = { contactId: contact.maya, messageId: 'msgOfAPerson000001', body: text, source: 'app' }
    await world.sandbox.sendWebhook({
      type: 'OutboundMessage',
      locationId: location.main,
      ...written,
      status: 'sent',
      dateAdded: new Date(world.clock.now()).toISOString(),
    })
    await expect
      .poll(async () => {
        const open = sql`select 1 from webhook_events where processed_at is null`
        return (await world.database.db.execute(open)).rows.length
      }, settled)
      .toBe(0)
    expect(await statusOfRepeat(contact.maya, text, key)()).toBe(504)
    expect(textsOf(text)).toEqual([])
  })

  it('When the process dies between sending and recording, then the thread says what became of the text', async () => {
    const [key, text] = [randomUUID(), 'Here is the contract.']
    const first = await send(contact.jonas, text, key)
    await world.database.db.execute(
      sql`update message_sends set status = 'sending', message_id = null, result = null where idempotency_key = ${key}`,
    )
    world.clock.advance(40_000)
    await world.sendJob('settle-messages', {})
    await expect.poll(statusOfRepeat(contact.jonas, text, key), settled).toBe(201)
    const again = await send(contact.jonas, text, key)
    expect(again.body.message.id).toBe(first.body.message.id)
    expect(textsOf(text)).toHaveLength(1)
  })

  it('When many newer texts stay unknown, then an older one is looked for all the same', async () => {
    const [key, text] = [randomUUID(), 'The offer stands till Friday.']
    world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 1_000 }
    world.sandbox.webhooks.hold()
    await send(contact.jonas, text, key)
    const unknown = `update message_sends set status = 'unknown', message_id = null, result = null,
      updated_at = updated_at - interval '5 s' where idempotency_key = $1`
    await world.database.pool.query(unknown, [key])
    await world.database.pool.query(
      `insert into message_sends (location_id, idempotency_key, contact_id, user_id, request_hash, body_hash, started_at, status, created_at, updated_at)
        select place.id, 'newer-' || number, 'nobody' || number, user_id, request_hash, body_hash, started_at, 'unknown', created_at, created_at
        from message_sends, unnest(array[location_id, 'notInstalledAnywhere']) as place (id), generate_series(1, 60) as number
        where idempotency_key = $1`,
      [key],
    )
    const found = async () => {
      await world.sendJob('settle-messages', {})
      return (await send(contact.jonas, text, key)).status
    }
    await expect.poll(found, { timeout: 20_000, interval: 500 }).toBe(201)
    expect(textsOf(text)).toHaveLength(1)
    const asked = world.recorder.logs.filter((line) => line.includes('notInstalledAnywhere'))
    expect(asked).toEqual([])
    await world.database.pool.query(`delete from message_sends where idempotency_key like 'newer-%'`)
  })

  it('When the text of a wrap-up is found, then the wrap-up can be finished with its key', async () => {
    const [key, text] = [randomUUID(), 'Thank you for the visit today.']
    const wrapUp = () =>
      rep
        .post(`/contacts/${contact.maya}/wrap-up`)
        .set('Idempotency-Key', key)
        .send({ message: { message: text } })
    world.sandbox.faults.add({ ...sending, loseAnswer: true })
    expect((await wrapUp()).body.parts.message).toMatchObject({
      ok: false,
      error: { code: 'outcome_unknown' },
    })
    await expect.poll(async () => (await wrapUp()).body.parts.message.ok, settled).toBe(true)
    expect(textsOf(text)).toHaveLength(1)
  })

  it('When a month has passed, then a key is forgotten, and after a day it is not', async () => {
    const [key, text] = [randomUUID(), 'Remember me for a day.']
    await send(contact.maya, text, key)
    const found = async () =>
      (await world.database.db.execute(sql`select 1 from message_sends where idempotency_key = ${key}`)).rows
        .length
    world.clock.advance(25 * 3_600_000)
    await world.sendJob('prune-ledgers', {})
    rep = await world.as()
    expect((await send(contact.maya, text, key)).status).toBe(201)
    world.clock.advance(31 * 24 * 3_600_000)
    await world.sendJob('prune-ledgers', {})
    await expect.poll(found, settled).toBe(0)
    expect(textsOf(text)).toHaveLength(1)
  })
})
