import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location } = seedIds

let world: World
let stage: CarrierStage

beforeAll(async () => {
  world = await startWorld({ carriers: true })
  stage = await createCarrierStage(world)
  await stage.use('bulksms')
})
afterAll(() => world.close())

const hookOf = (scope: 'SENT' | 'RECEIVED'): URL =>
  new URL(world.bulksms.state.webhooks.find(({ triggerScope }) => triggerScope === scope)?.url ?? '')
const call = (url: URL, body: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
const inboundText = (id: string, body: string) =>
  `[{"id":${id},"type":"RECEIVED","from":"${phone().slice(1)}","to":"447700900142","body":"${body}","encoding":"TEXT",
    "submission":{"id":"1-1","date":"2026-11-16T15:00:00Z"},"status":{"id":"SENT.null","type":"SENT","subtype":null}}]`
const phone = () => world.sandbox.state.contacts.find(({ id }) => id === contact.maya)?.phone ?? ''

describe('the webhook of another system', () => {
  it('When the secret is wrong, missing, or of another connection, then it is 401, and nothing is kept', async () => {
    const right = hookOf('RECEIVED')
    const wrong = new URL(right)
    wrong.searchParams.set('secret', `${right.searchParams.get('secret')}x`)
    const missing = new URL(right.pathname, right)
    const unknown = new URL(right)
    unknown.pathname = '/webhooks/providers/bulksms/6d8d0429-3f15-4293-8d0b-38bf1dd5ca06'
    const elsewhere = new URL(right)
    elsewhere.pathname = right.pathname.replace('bulksms', 'heymarket')
    const unstorable = new URL(right)
    unstorable.pathname = '/webhooks/providers/bulksms/%00'
    for (const url of [wrong, missing, unknown, elsewhere, unstorable]) {
      const answer = await call(url, inboundText('1674813649253834751', 'Nobody shall read this'))
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ error: { code: 'unauthenticated' } })
    }
    expect(await stage.rowsOf(sql`select id from webhook_events where type = 'CarrierEvent'`)).toEqual([])
  })

  it('When an empty array comes, as when a webhook is set up, then it is 200', async () => {
    expect((await call(hookOf('SENT'), '[]')).status).toBe(200)
  })

  it('When the body is nothing that the system sends, then it is 400, so that it does not come again', async () => {
    for (const body of ['not json', '{"a":1}', '"text"', '']) {
      expect((await call(hookOf('RECEIVED'), body)).status).toBe(400)
    }
  })

  it('When the body is larger than 1 MB, then it is 413', async () => {
    expect((await call(hookOf('RECEIVED'), `["${'x'.repeat(1_100_000)}"]`)).status).toBe(413)
  })

  it('When a text comes with an id of 19 digits as a number, then the whole id is kept', async () => {
    const answer = await call(hookOf('RECEIVED'), inboundText('1674813649253834752', 'A long id came'))
    expect(answer.status).toBe(200)
    await vi.waitFor(async () => {
      const rows = await stage.rowsOf(
        sql`select provider_message_id from provider_inbound where done_at is not null`,
      )
      expect(rows).toEqual([{ provider_message_id: '1674813649253834752' }])
    }, stage.patience)
  })

  it('When a text holds what the database cannot keep, then the rest of it is kept', async () => {
    const answer = await call(hookOf('RECEIVED'), inboundText('1674813649253834753', 'Nul \\u0000 within'))
    expect(answer.status).toBe(200)
    await vi.waitFor(
      () => expect(stage.thread().some(({ body }) => body.includes('within'))).toBe(true),
      stage.patience,
    )
  })

  it('When the database is down, then it is 503, and the text comes in when it is up again', async () => {
    await world.database.db.execute(sql`alter table webhook_events rename to webhook_events_away`)
    const body = inboundText('1674813649253834754', 'While it was down')
    const answer = await call(hookOf('RECEIVED'), body)
    await world.database.db.execute(sql`alter table webhook_events_away rename to webhook_events`)
    expect(answer.status).toBe(503)
    expect((await call(hookOf('RECEIVED'), body)).status).toBe(200)
    await vi.waitFor(
      () => expect(stage.thread().filter(({ body: text }) => text === 'While it was down')).toHaveLength(1),
      stage.patience,
    )
  })
})

describe('what BulkSMS reports', () => {
  it('When reports come late, twice and in the wrong order, then the last state stays', async () => {
    world.bulksms.behaviour.webhookCopies = 2
    world.bulksms.webhooks.hold()
    const id = await stage.writeInCrm('Reports in disorder')
    await stage.settled(id, 'accepted')
    await world.bulksms.settle()
    world.bulksms.webhooks.release('reversed')
    await world.bulksms.settle()
    world.bulksms.behaviour.webhookCopies = 1
    await stage.quiet()
    expect(await stage.messageRow(id)).toMatchObject({
      state: 'delivered',
      raw: expect.stringContaining('DELIVERED'),
    })
    await stage.passTime()
    await vi.waitFor(() => expect(stage.crmStatus(id)).toBe('delivered'), stage.patience)
    const told = world.sandbox.calls.filter(
      ({ method, path }) => method === 'PUT' && path === `/conversations/messages/${id}/status`,
    )
    expect(told).toHaveLength(1)
  })

  it('When the CRM is told too early, then it is told again, and the token stays', async () => {
    world.bulksms.state.credits = 0
    const refreshes = () => world.sandbox.calls.filter(({ path }) => path === '/oauth/token').length
    const before = refreshes()
    const id = await stage.writeInCrm('There is no money for this')
    const row = await stage.settled(id, 'failed')
    await world.sendJob('tell-provider-status', { locationId: location.main, id: Number(row['id']) })
    const told = () =>
      world.sandbox.calls.filter(({ path }) => path === `/conversations/messages/${id}/status`)
    await vi.waitFor(() => expect(told()[0]?.status).toBe(403), stage.patience)
    await stage.passTime()
    await vi.waitFor(() => expect(stage.crmStatus(id)).toBe('failed'), stage.patience)
    expect(refreshes()).toBe(before)
    const message = world.sandbox.state.messages.find((one) => one.id === id)
    expect(message?.providerError).toMatchObject({ message: expect.stringContaining('credits') })

    // Without credits nothing is sent until there are some.
    const [connection] = await stage.rowsOf(sql`select status, last_error_advice from provider_connections`)
    expect(connection).toMatchObject({
      status: 'broken',
      last_error_advice: expect.stringContaining('Buy credits'),
    })
    world.bulksms.state.credits = 500
    await world.sendJob('check-providers', {})
    await vi.waitFor(async () => {
      expect(await stage.rowsOf(sql`select status from provider_connections`)).toEqual([{ status: 'active' }])
    }, stage.patience)
  })

  it('When a number is blocked there, then the failure sets do-not-disturb, and the next text is not billed', async () => {
    const blocked = world.sandbox.state.contacts.find(({ id }) => id === contact.fresh)
    world.bulksms.block(blocked?.phone ?? '')
    const id = await stage.writeInCrm('This one is blocked', contact.fresh)
    await stage.settled(id, 'accepted', 'sent', 'failed')
    await world.bulksms.settle()
    expect(await stage.settled(id, 'failed')).toMatchObject({ raw: expect.stringContaining('BLOCKED') })
    expect(blocked?.dndSettings.SMS?.status).toBe('active')
    const sent = world.bulksms.sentTexts().length
    if (blocked) blocked.dndSettings = {}
    const next = await stage.writeInCrm('And once more', contact.fresh)
    await stage.settled(next, 'failed')
    expect(world.bulksms.sentTexts()).toHaveLength(sent)
  })

  it('When the list of blocked numbers is read, then each number is on ours, and its contact on do-not-disturb', async () => {
    const contactOf = () => world.sandbox.state.contacts.find(({ id }) => id === contact.jonas)
    world.bulksms.block(contactOf()?.phone ?? '')
    await world.sendJob('read-all-opt-outs', {})
    await vi.waitFor(() => expect(contactOf()?.dndSettings.SMS?.status).toBe('active'), stage.patience)
    await vi.waitFor(async () => {
      const [row] = await stage.rowsOf(sql`select opt_out_cursor from provider_connections`)
      expect(row?.['opt_out_cursor']).not.toBeNull()
    }, stage.patience)
  })
})
