import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { carrierNames } from '../../shared/provider-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startTwinApp } from '../support/twin-app.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact } = seedIds

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

const contacts = () => world.sandbox.state.contacts
const contactOf = (id: string) => {
  const found = contacts().find((one) => one.id === id)
  if (!found) throw new Error('no such contact')
  return found
}
const phoneOf = (id: string): string => contactOf(id).phone ?? ''
const inThread = (contactId: string | undefined, words: string) =>
  stage.thread(contactId ?? '').filter(({ body }) => body === words)

async function textIn(carrier: 'heymarket' | 'bulksms', phone: string, words: string): Promise<void> {
  stage.receive(carrier, phone, words)
  await stage.settle()
  await stage.quiet()
}

describe.each(carrierNames)('who gets a reply that came through %s', (carrier) => {
  beforeEach(() => stage.use(carrier))

  it('When several contacts have the number, then the one that was talked to last gets it', async () => {
    const phone = phoneOf(contact.maya)
    const twin = { ...structuredClone(contactOf(contact.fresh)), id: `conTwinOfMaya${carrier}`, phone }
    contacts().push(twin)
    await textIn(carrier, phone, `To whom you talked to (${carrier})`)
    expect(inThread(contact.maya, `To whom you talked to (${carrier})`)).toHaveLength(1)

    world.clock.advance(60_000)
    const id = await stage.writeInCrm(`And now to the other (${carrier})`, twin.id)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    await textIn(carrier, phone, `Answered by the other (${carrier})`)
    expect(inThread(twin.id, `Answered by the other (${carrier})`)).toHaveLength(1)
    contacts().splice(contacts().indexOf(twin), 1)
    contactOf(contact.maya).phone = phone
  })

  it('When nobody of several was talked to, then the oldest gets it', async () => {
    const phone = carrier === 'heymarket' ? '+13125550151' : '+13125550152'
    const one = (id: string, dateAdded: string) => ({
      ...structuredClone(contactOf(contact.fresh)),
      id,
      phone,
      dateAdded,
    })
    const younger = one('conYounger0000000001', '2026-03-01T00:00:00.000Z')
    const oldest = one('conOldest00000000001', '2025-03-01T00:00:00.000Z')
    contacts().push(younger, oldest)
    await textIn(carrier, phone, `Which of the two (${carrier})`)
    expect(inThread(oldest.id, `Which of the two (${carrier})`)).toHaveLength(1)
    expect(inThread(younger.id, `Which of the two (${carrier})`)).toEqual([])
    for (const made of [younger, oldest]) contacts().splice(contacts().indexOf(made), 1)
  })

  it.each(['(312) 555-0161', '3125550161', '312-555-0161'])(
    'When the contact has it as %s, then its texts go there and its replies come back, with no second contact',
    async (written) => {
      const fresh = contactOf(contact.fresh)
      const before = fresh.phone
      fresh.phone = written
      const words = `Written as at home: ${written} (${carrier})`
      const id = await stage.writeInCrm(words, fresh.id)
      await stage.settled(id, 'accepted', 'sent', 'delivered')
      expect(stage.sent(carrier)).toContainEqual({ phone: '+13125550161', text: words })

      await textIn(carrier, '+13125550161', `Back from ${written} (${carrier})`)
      expect(inThread(fresh.id, `Back from ${written} (${carrier})`)).toHaveLength(1)
      expect(contacts().filter(({ phone }) => phone === '+13125550161')).toEqual([])
      fresh.phone = before
    },
  )

  it('When the system tells a national number, then it is read as one of the location’s country', async () => {
    const national = phoneOf(contact.maya).slice(2)
    await textIn(carrier, national, `Without the country (${carrier})`)
    expect(inThread(contact.maya, `Without the country (${carrier})`)).toHaveLength(1)
  })

  it('When two processes work on two texts of one stranger, then they make one contact', async () => {
    const twin = await startTwinApp(world)
    const phone = carrier === 'heymarket' ? '+13125550171' : '+13125550172'
    world.sandbox.faults.add({ method: 'POST', path: '/contacts', delayMs: 700, times: 2 })
    stage.receive(carrier, phone, `First words (${carrier})`)
    await stage.settle()
    stage.receive(carrier, phone, `Second words (${carrier})`)
    await stage.settle()
    await stage.quiet(14_000)
    const made = contacts().filter((one) => one.phone === phone)
    expect(made).toHaveLength(1)
    expect(stage.thread(made[0]?.id)).toHaveLength(2)
    await twin.close()
  }, 20_000)
})

describe.each(carrierNames)('a reply through %s whose webhook is lost', (carrier) => {
  beforeEach(() => stage.use(carrier))

  /** As long as its webhooks come to nothing. */
  async function withoutWebhooks(run: () => Promise<void>): Promise<void> {
    const hooks = world.bulksms.state.webhooks.splice(0)
    const { webhook } = world.heymarket.state
    world.heymarket.state.webhook = null
    await run()
    await stage.settle()
    world.bulksms.state.webhooks.push(...hooks)
    world.heymarket.state.webhook = webhook
  }
  const look = async () => {
    const at = async () => (await stage.rowsOf(sql`select replies_read_at from provider_connections`))[0]
    const before = await at()
    world.clock.advance(1_000)
    await world.sendJob('read-all-replies', {})
    await vi.waitFor(async () => expect(await at()).not.toEqual(before), stage.patience)
    await stage.quiet()
  }

  it('When the system is looked into, then the reply is there once, and a STOP is heeded', async () => {
    const phone = phoneOf(contact.jonas)
    const words = `Nobody was told of this (${carrier})`
    world.clock.advance(1_000)
    await withoutWebhooks(async () => {
      stage.receive(carrier, phone, words)
      world.clock.advance(1_000)
      stage.receive(carrier, phone, 'STOP')
    })
    await look()
    expect(inThread(contact.jonas, words)).toMatchObject([{ direction: 'inbound' }])
    expect(contactOf(contact.jonas).dndSettings.SMS?.status).toBe('active')
    contactOf(contact.jonas).dndSettings = {}
    await look()
    expect(inThread(contact.jonas, words)).toHaveLength(1)
  })

  it.each(['STOP.', 'Stop!'])('When it says %s, then it is heeded as any STOP', async (words) => {
    contactOf(contact.jonas).dndSettings = {}
    world.clock.advance(1_000)
    await withoutWebhooks(async () => stage.receive(carrier, phoneOf(contact.jonas), words))
    await look()
    expect(contactOf(contact.jonas).dndSettings.SMS?.status).toBe('active')
    contactOf(contact.jonas).dndSettings = {}
    const id = await stage.writeInCrm('Nobody wants this', contact.jonas)
    expect(await stage.settled(id, 'failed')).toMatchObject({ reason: expect.stringContaining('STOP') })
  })

  it('When its webhook came, then looking adds nothing, and what went out is no reply', async () => {
    const [came, went] = [`This one was told (${carrier})`, `This one went out (${carrier})`]
    world.clock.advance(1_000)
    const id = await stage.writeInCrm(went)
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    await textIn(carrier, phoneOf(contact.maya), came)
    await look()
    expect(inThread(contact.maya, came)).toHaveLength(1)
    expect(inThread(contact.maya, went)).toMatchObject([{ direction: 'outbound' }])
  })

  it('When it came before the system was connected, then it stays where it is', async () => {
    const words = `Long before Wrapup (${carrier})`
    await withoutWebhooks(async () => stage.receive(carrier, phoneOf(contact.maya), words))
    world.clock.advance(60_000)
    await stage.use(carrier)
    await look()
    expect(inThread(contact.maya, words)).toEqual([])
  })
})

describe('pictures and files', () => {
  const picture = 'https://media.example/xray.jpg'

  it('When one goes out through Heymarket, then it goes with the text; two are refused with words', async () => {
    await stage.use('heymarket')
    const id = await stage.writeInCrm('Your picture', contact.maya, [picture])
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    expect(world.heymarket.sentTexts().at(-1)).toMatchObject({ text: 'Your picture', media: picture })
    const two = await stage.writeInCrm('Two pictures', contact.maya, [picture, `${picture}?2`])
    expect(await stage.settled(two, 'failed')).toMatchObject({
      reason: expect.stringContaining('one attachment'),
    })
  })

  it('When one is to go out through BulkSMS, then the text is refused with words, and nothing leaves', async () => {
    await stage.use('bulksms')
    const id = await stage.writeInCrm('With a picture', contact.maya, [picture])
    expect(await stage.settled(id, 'failed')).toMatchObject({
      reason: expect.stringContaining('no pictures'),
    })
    expect(stage.sent('bulksms').filter(({ text }) => text === 'With a picture')).toEqual([])
  })

  it('When one comes in through Heymarket, then its address is in the thread', async () => {
    await stage.use('heymarket')
    world.heymarket.receive(phoneOf(contact.maya), '', { media: picture })
    await stage.settle()
    await stage.quiet()
    expect(stage.thread().at(-1)).toMatchObject({ direction: 'inbound', attachments: [picture] })
  })

  it('When a message holds nothing that can be told, then the thread says that one came', async () => {
    await stage.use('heymarket')
    world.heymarket.receive(phoneOf(contact.maya), '')
    await stage.settle()
    await stage.quiet()
    expect(stage.thread().at(-1)?.body).toContain('without words')
  })
})
