import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
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

const contactOf = (id: string) => {
  const found = world.sandbox.state.contacts.find((one) => one.id === id)
  if (!found) throw new Error('no such contact')
  return found
}
const phoneOf = (id: string): string => contactOf(id).phone ?? ''
const dndOf = (id: string) => contactOf(id).dndSettings.SMS?.status ?? 'inactive'
const optOutOf = async (phone: string) =>
  (await stage.rowsOf(sql`select source, is_opted_out from opt_outs where phone = ${phone}`))[0]

/** A person of the CRM switches it on or off. */
async function switchDnd(id: string, status: 'active' | 'inactive'): Promise<void> {
  const { phone } = contactOf(id)
  contactOf(id).dndSettings = { SMS: { status } }
  world.clock.advance(1_000)
  const timestamp = new Date(world.clock.now()).toISOString()
  const dndSettings = { SMS: { status } }
  const event = { type: 'ContactDndUpdate', locationId: location.main, id, phone, dnd: false, dndSettings }
  expect(await world.sandbox.sendWebhook({ ...event, timestamp })).toMatchObject({ status: 200 })
}

async function textIn(carrier: 'heymarket' | 'bulksms', id: string, words: string): Promise<void> {
  world.clock.advance(1_000)
  stage.receive(carrier, phoneOf(id), words)
  await stage.settle()
  await stage.quiet()
}

describe('opt-outs by Heymarket', () => {
  beforeEach(() => stage.use('heymarket'))

  it('When a contact takes over an opted-out number while its page is open, then it is not texted', async () => {
    await textIn('heymarket', contact.jonas, 'Stop')
    const admin = await world.as(seedIds.user.admin)
    await admin.put('/providers/chosen').send({ provider: 'crm' })
    await admin.get(`/contacts/${contact.maya}`)
    const phone = phoneOf(contact.maya)
    contactOf(contact.maya).phone = phoneOf(contact.jonas)
    const refused = await admin
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', randomUUID())
      .send({ message: 'Not to that number.' })
    contactOf(contact.maya).phone = phone
    await textIn('heymarket', contact.jonas, 'START')

    expect([refused.status, refused.body.error.code]).toEqual([422, 'dnd_active'])
    expect(world.sandbox.state.messages.some(({ body }) => body === 'Not to that number.')).toBe(false)
  })

  it('When somebody texts STOP and then START, then they are texted again, and do-not-disturb is off', async () => {
    await textIn('heymarket', contact.jonas, 'Stop')
    expect(dndOf(contact.jonas)).toBe('active')
    await textIn('heymarket', contact.jonas, 'START')
    expect(dndOf(contact.jonas)).toBe('inactive')
    expect(await optOutOf(phoneOf(contact.jonas))).toEqual({ source: 'heymarket', is_opted_out: false })

    const id = await stage.writeInCrm('Good to have you back', contact.jonas)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
  })

  it('When a person had set do-not-disturb before the STOP, then START leaves it to them', async () => {
    const other = { ...structuredClone(contactOf(contact.maya)), id: 'conSameNumber0000001', dndSettings: {} }
    world.sandbox.state.contacts.push(other)
    contactOf(contact.maya).dndSettings = { SMS: { status: 'active', message: 'Asked us at the desk' } }
    await textIn('heymarket', contact.maya, 'STOP')
    expect([dndOf(contact.maya), dndOf(other.id)]).toEqual(['active', 'active'])
    await textIn('heymarket', contact.maya, 'START')
    expect([dndOf(contact.maya), dndOf(other.id)]).toEqual(['active', 'inactive'])
    contactOf(contact.maya).dndSettings = {}
    world.sandbox.state.contacts.splice(world.sandbox.state.contacts.indexOf(other), 1)
  })

  it('When do-not-disturb of the CRM is switched off after a STOP, then the STOP stands', async () => {
    const phone = phoneOf(contact.failing)
    await switchDnd(contact.failing, 'active')
    await vi.waitFor(
      async () => expect(await optOutOf(phone)).toMatchObject({ source: 'crm' }),
      stage.patience,
    )
    await textIn('heymarket', contact.failing, 'STOP')
    expect(await optOutOf(phone)).toEqual({ source: 'heymarket', is_opted_out: true })
    await switchDnd(contact.failing, 'inactive')
    const id = await stage.writeInCrm('Nobody wants this', contact.failing)
    expect(await stage.settled(id, 'failed')).toMatchObject({ reason: expect.stringContaining('STOP') })
  })

  it('When do-not-disturb of the CRM holds a text back, then the reason says that, and not STOP', async () => {
    const phone = phoneOf(contact.undelivered)
    await switchDnd(contact.undelivered, 'active')
    await vi.waitFor(
      async () => expect(await optOutOf(phone)).toMatchObject({ source: 'crm' }),
      stage.patience,
    )
    contactOf(contact.undelivered).dndSettings = {}
    const id = await stage.writeInCrm('Held back by the other contact', contact.undelivered)
    const { reason } = await stage.settled(id, 'failed')
    expect(reason).toContain('Do-not-disturb')
    expect(reason).not.toContain('STOP')
  })

  it('When the system is not connected any more, then do-not-disturb of the CRM alone counts', async () => {
    const send = async (key: string) =>
      (await stage.rep())
        .post(`/contacts/${contact.assigned}/messages`)
        .set('Idempotency-Key', key)
        .send({ message: 'By the numbers of the CRM' })
    await textIn('heymarket', contact.assigned, 'STOP')
    contactOf(contact.assigned).dndSettings = {}
    expect((await send('still-connected')).status).toBe(422)
    await (await stage.admin()).delete('/providers/heymarket')
    world.sandbox.chooseSmsProvider(location.main, null)
    expect((await send('not-connected')).status).toBe(201)
  })

  it('When an old STOP comes after a START, then the START stands', async () => {
    const phone = phoneOf(contact.fresh)
    await textIn('heymarket', contact.fresh, 'STOP')
    world.heymarket.webhooks.hold()
    world.clock.advance(1_000)
    stage.receive('heymarket', phone, 'STOP')
    world.clock.advance(1_000)
    stage.receive('heymarket', phone, 'START')
    world.heymarket.webhooks.release('reversed')
    await stage.settle()
    await stage.quiet()
    expect(await optOutOf(phone)).toEqual({ source: 'heymarket', is_opted_out: false })
    expect(dndOf(contact.fresh)).toBe('inactive')
  })
})

describe('do-not-disturb of the CRM that Heymarket was told', () => {
  /** That it tells of what was set by its API is not documented, nor that it does not. */
  async function tellOfOptOut(phone: string): Promise<void> {
    world.clock.advance(1_000)
    const date = new Date(world.clock.now()).toISOString()
    world.heymarket.webhooks.fire('target_opt_out', { target: phone.slice(1), date })
    await stage.settle()
    await stage.quiet()
  }

  it('When Heymarket tells of it as an opt-out, then it stays the CRM’s to lift, and nobody texted STOP', async () => {
    await stage.use('heymarket')
    const phone = phoneOf(contact.jonas)
    const other = {
      ...structuredClone(contactOf(contact.jonas)),
      id: 'conSameNumber0000002',
      dndSettings: {},
    }
    world.sandbox.state.contacts.push(other)
    await switchDnd(contact.jonas, 'active')
    const isOptedOutThere = () => world.heymarket.contactByPhone(phone)?.is_opted_out
    await vi.waitFor(() => expect(isOptedOutThere()).toBe(true), stage.patience)
    await tellOfOptOut(phone)
    expect(await optOutOf(phone)).toEqual({ source: 'crm', is_opted_out: true })
    expect(dndOf(other.id)).toBe('inactive')

    await switchDnd(contact.jonas, 'inactive')
    await vi.waitFor(
      async () => expect(await optOutOf(phone)).toEqual({ source: 'crm', is_opted_out: false }),
      stage.patience,
    )
    expect(isOptedOutThere()).toBe(false)
    world.sandbox.state.contacts.splice(world.sandbox.state.contacts.indexOf(other), 1)
    const id = await stage.writeInCrm('You may be texted again', contact.jonas)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
  })
})

describe('a STOP through a system that another has replaced', () => {
  /** The STOP came through Heymarket; texts go by BulkSMS, and Heymarket is still there or not. */
  async function stopThenReplace(id: string, isHeymarketKept: boolean): Promise<void> {
    await stage.use('heymarket')
    await textIn('heymarket', id, 'STOP')
    const admin = await stage.admin()
    if (!isHeymarketKept) await admin.delete('/providers/heymarket')
    await stage.alsoConnect('bulksms')
    expect(await admin.put('/providers/chosen').send({ provider: 'bulksms' })).toMatchObject({ status: 200 })
    await switchDnd(id, 'inactive')
  }
  const unblock = (phone: string) => {
    const { blocked } = world.bulksms.state
    const at = blocked.findIndex(({ phoneNumber }) => `+${phoneNumber}` === phone)
    if (at >= 0) blocked.splice(at, 1)
  }

  it('When Heymarket is gone, then the STOP stands with true words, until START comes through the new one', async () => {
    const phone = phoneOf(contact.fresh)
    await stopThenReplace(contact.fresh, false)
    const held = await stage.writeInCrm('Still held back', contact.fresh)
    const { reason } = await stage.settled(held, 'failed')
    expect(reason).toMatch(/STOP.*while Heymarket was connected.*START/)
    const refused = await (
      await stage.admin()
    )
      .post(`/contacts/${contact.fresh}/messages`)
      .set('Idempotency-Key', 'replaced-1')
      .send({ message: 'Held back before it is sent' })
    expect(refused).toMatchObject({ status: 422, body: { error: { code: 'dnd_active', message: reason } } })

    world.bulksms.block(phone)
    await textIn('bulksms', contact.fresh, 'START')
    expect(await optOutOf(phone)).toEqual({ source: 'heymarket', is_opted_out: true })
    unblock(phone)
    await textIn('bulksms', contact.fresh, 'START')
    expect(await optOutOf(phone)).toEqual({ source: 'bulksms', is_opted_out: false })
    expect(dndOf(contact.fresh)).toBe('inactive')
    const id = await stage.writeInCrm('Welcome back by the new one', contact.fresh)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
  })

  it('When Heymarket is still connected, then START through the other one lifts nothing', async () => {
    const phone = phoneOf(contact.fresh)
    await stopThenReplace(contact.fresh, true)
    await textIn('bulksms', contact.fresh, 'START')
    expect(await optOutOf(phone)).toEqual({ source: 'heymarket', is_opted_out: true })
    await textIn('heymarket', contact.fresh, 'START')
    expect(await optOutOf(phone)).toEqual({ source: 'heymarket', is_opted_out: false })
  })
})

describe('a STOP while the CRM fails', () => {
  it('When the CRM answers nothing but errors, then nobody is texted after it all the same', async () => {
    await stage.use('heymarket')
    const phone = '+13125550188'
    // Known there as opted out already, so that the text alone says it.
    world.heymarket.addContact({ phone, is_opted_out: true })
    world.sandbox.faults.add({ path: /^\/(contacts|conversations)/, status: 500, times: 1_000 })
    world.heymarket.receive(phone, 'Unsubscribe')
    await vi.waitFor(
      async () => expect(await optOutOf(phone)).toEqual({ source: 'heymarket', is_opted_out: true }),
      stage.patience,
    )
    world.sandbox.faults.clear()
  })

  it('When a stranger texts STOP, then whom it makes a contact is on do-not-disturb', async () => {
    await stage.use('heymarket')
    const phone = '+13125550189'
    stage.receive('heymarket', phone, 'STOP')
    await stage.settle()
    await stage.quiet()
    const made = world.sandbox.state.contacts.filter((one) => one.phone === phone)
    expect(made.map(({ id }) => dndOf(id))).toEqual(['active'])
  })
})

describe('opt-outs by BulkSMS', () => {
  beforeEach(() => stage.use('bulksms'))

  it('When somebody texts START, then they are texted again only once BulkSMS blocks them no longer', async () => {
    const phone = phoneOf(contact.jonas)
    await textIn('bulksms', contact.jonas, 'STOP')
    await textIn('bulksms', contact.jonas, 'START')
    expect(await optOutOf(phone)).toEqual({ source: 'bulksms', is_opted_out: true })
    expect(dndOf(contact.jonas)).toBe('active')

    // As its people do when they are asked.
    const { blocked } = world.bulksms.state
    blocked.splice(
      blocked.findIndex(({ phoneNumber }) => `+${phoneNumber}` === phone),
      1,
    )
    await textIn('bulksms', contact.jonas, 'START')
    expect(await optOutOf(phone)).toEqual({ source: 'bulksms', is_opted_out: false })
    expect(dndOf(contact.jonas)).toBe('inactive')
  })
})
