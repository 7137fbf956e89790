import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { carrierNames } from '../../shared/provider-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location } = seedIds
const minuteMs = 60_000

let world: World
let stage: CarrierStage

beforeAll(async () => {
  world = await startWorld({ carriers: true, behaviour: { webhookAttempts: 1 } })
  stage = await createCarrierStage(world)
})
afterAll(() => world.close())

/** Typed in the CRM's own thread, while the CRM reaches us with nothing. @returns the message's id */
async function writeUnposted(words: string, to: string = contact.maya): Promise<string> {
  const { app, conversationProviders } = world.sandbox.state
  const provider = conversationProviders.find(({ id }) => id === seedIds.conversationProvider.ours)
  if (!provider) throw new Error('no such provider')
  const [webhookUrl, deliveryUrl] = [app.webhookUrl, provider.deliveryUrl]
  app.webhookUrl = provider.deliveryUrl = 'http://127.0.0.1:9/'
  const id = await stage.writeInCrm(words, to)
  Object.assign(app, { webhookUrl })
  Object.assign(provider, { deliveryUrl })
  return id
}
const mayasPhone = () => world.sandbox.state.contacts.find(({ id }) => id === contact.maya)?.phone
/** Nobody has opened the page. */
async function keepCompared(): Promise<void> {
  await world.sendJob('read-all-replies', {})
  await vi.waitFor(async () => {
    expect(await stage.rowsOf(sql`select location_id from location_sweeps`)).toHaveLength(1)
  }, stage.patience)
}
/** Compares the location with the CRM. */
async function sweep(): Promise<void> {
  const before = world.clock.now()
  world.clock.advance(1_000)
  await world.sendJob('sweep-location', { locationId: location.main }, { singletonKey: location.main })
  await vi.waitFor(async () => {
    const [row] = await stage.rowsOf(sql`select swept_at from location_sweeps`)
    expect(new Date(String(row?.['swept_at'])).getTime()).toBeGreaterThan(before)
  }, stage.patience)
}

/** The minutes have passed in which a post may still come; jobs wait by the database's own clock. */
async function noPostCame(): Promise<void> {
  await world.database.db.execute(sql`
    update pgboss.job set start_after = now() where name = 'process-webhooks' and state = 'created'`)
  await workedOn()
}

const workedOn = () =>
  vi.waitFor(async () => {
    expect(await stage.rowsOf(sql`select id from webhook_events where processed_at is null`)).toEqual([])
  }, stage.patience)

const texts = (carrier: (typeof carrierNames)[number], words: string) =>
  stage.sent(carrier).filter(({ text }) => text === words)

describe.each(carrierNames)('a text for %s that the CRM could not post', (carrier) => {
  beforeAll(async () => {
    await stage.use(carrier)
    await keepCompared()
  })

  it('When it is found in its thread, then it leaves once, also where the post still comes', async () => {
    const words = `Nobody told us of this (${carrier})`
    world.sandbox.webhooks.hold()
    const id = await stage.writeInCrm(words)
    await sweep()
    expect(await stage.messageRow(id)).toBeUndefined()
    await noPostCame()
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    await sweep()
    await world.sandbox.webhooks.release()
    await noPostCame()
    expect(texts(carrier, words)).toHaveLength(1)
    expect(texts(carrier, words)[0]?.phone).toBe(mayasPhone())
  })

  it('When the post was only on its way, then it leaves once', async () => {
    const words = `Told a little later (${carrier})`
    world.sandbox.webhooks.hold()
    const id = await stage.writeInCrm(words)
    world.clock.advance(90 * minuteMs)
    await sweep()
    await world.sandbox.webhooks.release()
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    await noPostCame()
    expect(texts(carrier, words)).toHaveLength(1)
  })

  it('When its contact is gone, then the thread says that it was not sent, and others are taken', async () => {
    const gone = world.sandbox.state.contacts.find(({ id }) => id === contact.jonas)
    if (!gone) throw new Error('no such contact')
    const id = await writeUnposted(`To somebody who is gone (${carrier})`, contact.jonas)
    const other = await writeUnposted(`To somebody who is there (${carrier})`)
    const place = world.sandbox.state.contacts.indexOf(gone)
    world.sandbox.state.contacts.splice(place, 1)
    await sweep()
    await noPostCame()
    expect(await stage.settled(id, 'failed')).toMatchObject({ reason: expect.stringContaining('phone') })
    await stage.settled(other, 'accepted', 'sent', 'delivered')
    world.sandbox.state.contacts.splice(place, 0, gone)
  })

  it('When it was written more than an hour ago, then it is not sent, and the thread says why', async () => {
    const words = `Come within ten minutes (${carrier})`
    const id = await writeUnposted(words)
    world.clock.advance(90 * minuteMs)
    await sweep()
    await noPostCame()
    expect(await stage.settled(id, 'failed')).toMatchObject({ reason: expect.stringContaining('an hour') })
    await stage.passTime()
    await vi.waitFor(() => expect(stage.crmStatus(id)).toBe('failed'), stage.patience)
    expect(texts(carrier, words)).toEqual([])
  })

  it('When it was written before the system was connected, then it is left alone', async () => {
    const words = `Meant for the system before (${carrier})`
    const id = await writeUnposted(words)
    world.clock.advance(4 * minuteMs)
    await stage.use(carrier)
    const later = await writeUnposted(`Meant for this one (${carrier})`)
    await sweep()
    await noPostCame()
    await stage.settled(later, 'accepted', 'sent', 'delivered')
    expect(await stage.messageRow(id)).toBeUndefined()
    expect(texts(carrier, words)).toEqual([])
  })
})
