import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { carrierNames } from '../../shared/provider-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location } = seedIds

let world: World
let stage: CarrierStage

beforeAll(async () => {
  world = await startWorld({ carriers: true })
  world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 5_000 }
  stage = await createCarrierStage(world)
})
afterAll(() => world.close())
beforeEach(() => {
  for (const sandbox of [world.sandbox, world.heymarket, world.bulksms]) sandbox.faults.clear()
})

const phoneOf = (contactId: string): string =>
  world.sandbox.state.contacts.find(({ id }) => id === contactId)?.phone ?? ''
const contactWith = (contactId: string) => {
  const found = world.sandbox.state.contacts.find(({ id }) => id === contactId)
  if (!found) throw new Error('no such contact')
  return found
}
const settleCarriers = async () => {
  await world.heymarket.settle()
  await world.bulksms.settle()
}
const ofText = (carrier: 'heymarket' | 'bulksms', text: string) =>
  stage.sent(carrier).filter((sent) => sent.text === text)

describe.each(carrierNames)('texts through %s', (carrier) => {
  beforeEach(() => stage.use(carrier))

  it('When somebody writes in the thread of the CRM, then it leaves once, and its delivery comes back', async () => {
    const words = `Your visit is on Monday at ten (${carrier})`
    const id = await stage.writeInCrm(words)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    expect(ofText(carrier, words)).toEqual([{ phone: phoneOf(contact.maya), text: words }])

    await settleCarriers()
    await stage.passTime()
    await stage.poll(carrier)
    await stage.settled(id, 'delivered')
    await stage.passTime()
    await vi.waitFor(() => expect(stage.crmStatus(id)).toBe('delivered'), stage.patience)
    expect(ofText(carrier, words)).toHaveLength(1)
  })

  it('When the CRM posts the same text again, then it leaves once', async () => {
    const words = `Posted twice by the CRM (${carrier})`
    const id = await stage.writeInCrm(words)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    const [row] = await stage.rowsOf(
      sql`select webhook_event_id from provider_messages where message_id = ${id}`,
    )
    const eventId = Number(row?.['webhook_event_id'])
    await world.database.db.execute(sql`update webhook_events set processed_at = null where id = ${eventId}`)
    await world.sendJob('process-webhooks', {
      eventIds: [eventId],
      locationId: location.main,
      companyId: null,
    })
    await vi.waitFor(async () => {
      const [event] = await stage.rowsOf(sql`select processed_at from webhook_events where id = ${eventId}`)
      expect(event?.['processed_at']).not.toBeNull()
    }, stage.patience)
    expect(ofText(carrier, words)).toHaveLength(1)
  })

  it('When a text is sent here, then it leaves by the same way, and stands in the thread once', async () => {
    const words = `Sent from the page (${carrier})`
    const answer = await (
      await stage.rep()
    )
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', `page-${carrier}-1`)
      .send({ message: words })
    expect(answer).toMatchObject({ status: 201 })
    await world.sandbox.settle()
    await stage.settled(answer.body.message.id, 'accepted', 'sent', 'delivered')
    expect(ofText(carrier, words)).toHaveLength(1)
    expect(stage.thread().filter(({ body }) => body === words)).toHaveLength(1)
  })

  it('When the system fails to take a text for a while, then it is tried again, and leaves once', async () => {
    const words = `Too many requests at first (${carrier})`
    stage.faults(carrier).add({ method: 'POST', path: /send$|messages$/, times: 1, status: 429 })
    const id = await stage.writeInCrm(words)
    await vi.waitFor(
      async () => expect(await stage.messageRow(id)).toMatchObject({ state: 'waiting', tries: 1 }),
      stage.patience,
    )
    await stage.passTime()
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    expect(ofText(carrier, words)).toHaveLength(1)
  })

  it('When the answer to a text is lost after it was taken, then it leaves once, and its end is known', async () => {
    const words = `Taken, but nobody said so (${carrier})`
    stage.faults(carrier).add({ method: 'POST', path: /send$|messages$/, times: 1, loseAnswer: true })
    const id = await stage.writeInCrm(words)
    await stage.settled(id, 'unknown', 'accepted', 'sent', 'delivered')
    await settleCarriers()
    await stage.passTime()
    await stage.poll(carrier)
    // One is found by our id, the other taken again under it; only then can it be asked for.
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    await settleCarriers()
    await stage.passTime()
    await stage.poll(carrier)
    await stage.settled(id, 'delivered')
    expect(ofText(carrier, words)).toHaveLength(1)
  })

  it('When the credentials are refused, then the text fails with words, and the connection says what to do', async () => {
    stage.faults(carrier).add({ method: 'POST', path: /send$|messages$/, times: 5, status: 401 })
    const id = await stage.writeInCrm(`Nobody lets us in (${carrier})`)
    const row = await stage.settled(id, 'failed')
    expect(row['reason']).not.toBe('')
    const shown = (await (await stage.admin()).get('/providers')).body.providers.find(
      (one: { provider: string }) => one.provider === carrier,
    )
    expect(shown.connection).toMatchObject({ status: 'broken' })
    expect(shown.connection.lastError.whatToDo).not.toBe('')
    await stage.passTime()
    await vi.waitFor(() => expect(stage.crmStatus(id)).toBe('failed'), stage.patience)

    stage.faults(carrier).clear()
    await world.sendJob('check-providers', {})
    await vi.waitFor(async () => {
      const [connection] = await stage.rowsOf(sql`select status from provider_connections`)
      expect(connection?.['status']).toBe('active')
    }, stage.patience)
  })

  it('When a process dies while it sends, then nothing leaves twice', async () => {
    const words = `Half way when the power went (${carrier})`
    const id = await stage.writeInCrm(words)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    await world.database.db.execute(sql`
      update provider_messages set state = 'sending', provider_message_id = null, updated_at = ${new Date(world.clock.now()).toISOString()}
      where message_id = ${id}`)
    await settleCarriers()
    await stage.passTime(120_000)
    await vi.waitFor(
      async () => expect((await stage.messageRow(id))?.['state']).not.toBe('sending'),
      stage.patience,
    )
    await stage.passTime()
    await stage.poll(carrier)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    expect(ofText(carrier, words)).toHaveLength(1)
  })

  it('When a reply comes in twice, then it stands in the thread once', async () => {
    const words = `Monday suits me well (${carrier})`
    if (carrier === 'heymarket') world.heymarket.webhooks.repeat(2)
    else world.bulksms.behaviour.webhookCopies = 2
    stage.receive(carrier, phoneOf(contact.maya), words)
    await settleCarriers()
    world.heymarket.webhooks.repeat(1)
    world.bulksms.behaviour.webhookCopies = 1
    const inThread = () => stage.thread().filter(({ body }) => body === words)
    await vi.waitFor(() => expect(inThread()).toMatchObject([{ direction: 'inbound' }]), stage.patience)
    await vi.waitFor(async () => {
      const open = await stage.rowsOf(sql`select id from provider_inbound where done_at is null`)
      expect(open).toEqual([])
    }, stage.patience)
    expect(inThread()).toHaveLength(1)
  })

  it('When the CRM loses its answer to a reply, then the thread is looked at, and holds it once', async () => {
    const words = `The answer to this was lost (${carrier})`
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages/inbound', loseAnswer: true })
    stage.receive(carrier, phoneOf(contact.maya), words)
    await settleCarriers()
    const inThread = () => stage.thread().filter(({ body }) => body === words)
    await vi.waitFor(() => expect(inThread()).toHaveLength(1), stage.patience)
    await stage.passTime(120_000)
    await vi.waitFor(async () => {
      const open = await stage.rowsOf(sql`select id from provider_inbound where done_at is null`)
      expect(open).toEqual([])
    }, stage.patience)
    expect(inThread()).toHaveLength(1)
  })

  it('When a stranger writes, then a contact is made, once for all that they write', async () => {
    const phone = carrier === 'heymarket' ? '+13125550111' : '+13125550112'
    stage.receive(carrier, phone, `Hello, I am new here (${carrier})`)
    stage.receive(carrier, phone, `Are you open on Sundays? (${carrier})`)
    await settleCarriers()
    const made = () => world.sandbox.state.contacts.filter((one) => one.phone === phone)
    await vi.waitFor(() => expect(stage.thread(made()[0]?.id)).toHaveLength(2), stage.patience)
    expect(made()).toHaveLength(1)
  })

  it('When a stranger writes and shall not become a contact, then the text is kept until there is one', async () => {
    await stage.use(carrier, { createsContacts: false })
    const phone = carrier === 'heymarket' ? '+13125550121' : '+13125550122'
    const words = `Hello, nobody knows me (${carrier})`
    stage.receive(carrier, phone, words)
    await settleCarriers()
    await vi.waitFor(async () => {
      const [row] = await stage.rowsOf(sql`select last_error_message from provider_connections`)
      expect(row?.['last_error_message']).toContain('that no contact has')
    }, stage.patience)
    expect(world.sandbox.state.contacts.filter((one) => one.phone === phone)).toEqual([])

    const maya = contactWith(contact.fresh)
    const before = maya.phone
    maya.phone = phone
    await stage.passTime(120_000)
    await vi.waitFor(
      () => expect(stage.thread(contact.fresh).some(({ body }) => body === words)).toBe(true),
      stage.patience,
    )
    await vi.waitFor(async () => {
      const [row] = await stage.rowsOf(sql`select last_error_message from provider_connections`)
      expect(row?.['last_error_message']).toBeNull()
    }, stage.patience)
    maya.phone = before
  })

  it('When a stranger writes although the connection is broken, then it still says what broke it', async () => {
    await stage.use(carrier, { createsContacts: false })
    const why = 'The credentials are not taken any more.'
    await stage.rowsOf(sql`update provider_connections set status = 'broken', last_error_message = ${why}`)
    stage.receive(carrier, '+13125550131', `Who is this? (${carrier})`)
    await settleCarriers()
    await vi.waitFor(async () => {
      const kept = await stage.rowsOf(sql`select id from provider_inbound where done_at is null`)
      const waiting = await stage.rowsOf(
        sql`select id from pgboss.job where name = 'deliver-inbound' and state in ('created', 'active')`,
      )
      expect([kept.length, waiting.length]).toEqual([1, 0])
    }, stage.patience)
    const shown = sql`select status, last_error_message as message from provider_connections`
    expect(await stage.rowsOf(shown)).toEqual([{ status: 'broken', message: why }])
    await stage.rowsOf(sql`delete from provider_inbound where done_at is null`)
  })

  it('When somebody texts STOP, then do-not-disturb is set, and the next text is refused with words', async () => {
    const stopped = contactWith(contact.jonas)
    stage.receive(carrier, stopped.phone ?? '', 'STOP')
    await settleCarriers()
    await vi.waitFor(
      () => expect(contactWith(contact.jonas).dndSettings.SMS?.status).toBe('active'),
      stage.patience,
    )

    await stage.quiet()
    // As an admin does who thinks better of it.
    stopped.dndSettings = {}
    const answer = await (
      await stage.rep()
    )
      .post(`/contacts/${contact.jonas}/messages`)
      .set('Idempotency-Key', `stopped-${carrier}`)
      .send({ message: 'Are you sure?' })
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'dnd_active' } } })
    expect(answer.body.error.message).toContain('STOP')

    const words = `One more try from the CRM (${carrier})`
    const id = await stage.writeInCrm(words, contact.jonas)
    expect(await stage.settled(id, 'failed')).toMatchObject({ reason: expect.stringContaining('STOP') })
    expect(ofText(carrier, words)).toEqual([])
  })

  it('When do-not-disturb is set in the CRM, then the system is told, and nothing comes back of it', async () => {
    const phone = phoneOf(contact.failing)
    const tell = (status: string, atMs: number) =>
      world.sandbox.sendWebhook({
        type: 'ContactDndUpdate',
        locationId: location.main,
        id: contact.failing,
        phone,
        dnd: false,
        dndSettings: { SMS: { status } },
        timestamp: new Date(world.clock.now() + atMs).toISOString(),
      })
    await tell('active', 1)
    const isBlocked = () =>
      carrier === 'heymarket'
        ? world.heymarket.contactByPhone(phone)?.is_opted_out === true
        : world.bulksms.state.blocked.some(({ phoneNumber }) => `+${phoneNumber}` === phone)
    await vi.waitFor(() => expect(isBlocked()).toBe(true), stage.patience)
    expect(contactWith(contact.failing).dndSettings.SMS?.status ?? 'inactive').toBe('inactive')

    await tell('inactive', 2)
    const optOut = async () =>
      (await stage.rowsOf(sql`select source, is_opted_out from opt_outs where phone = ${phone}`))[0]
    // BulkSMS takes no number off its list, and bills what it then does not deliver.
    const after =
      carrier === 'heymarket'
        ? { source: 'crm', is_opted_out: false }
        : { source: 'bulksms', is_opted_out: true }
    await vi.waitFor(async () => expect(await optOut()).toEqual(after), stage.patience)
    expect(isBlocked()).toBe(carrier === 'bulksms')
  })
})
