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
async function writeUnposted(words: string): Promise<string> {
  const { app, conversationProviders } = world.sandbox.state
  const provider = conversationProviders.find(({ id }) => id === seedIds.conversationProvider.ours)
  if (!provider) throw new Error('no such provider')
  const [webhookUrl, deliveryUrl] = [app.webhookUrl, provider.deliveryUrl]
  app.webhookUrl = provider.deliveryUrl = 'http://127.0.0.1:9/'
  const id = await stage.writeInCrm(words)
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
const sweep = () =>
  world.sendJob('sweep-location', { locationId: location.main }, { singletonKey: location.main })
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
    await vi.waitFor(async () => {
      const [row] = await stage.rowsOf(sql`select swept_at = tried_at as done from location_sweeps`)
      expect(row?.['done']).toBe(true)
    }, stage.patience)
    expect(await stage.messageRow(id)).toBeUndefined()

    world.clock.advance(4 * minuteMs)
    await sweep()
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    world.clock.advance(4 * minuteMs)
    await sweep()
    await world.sandbox.webhooks.release()
    await vi.waitFor(async () => {
      const open = await stage.rowsOf(sql`select id from webhook_events where processed_at is null`)
      expect(open).toEqual([])
    }, stage.patience)
    expect(texts(carrier, words)).toHaveLength(1)
    expect(texts(carrier, words)[0]?.phone).toBe(mayasPhone())
  })

  it('When it was written more than an hour ago, then it is not sent, and the thread says why', async () => {
    const words = `Come within ten minutes (${carrier})`
    const id = await writeUnposted(words)
    world.clock.advance(90 * minuteMs)
    await sweep()
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
    world.clock.advance(4 * minuteMs)
    await sweep()
    await stage.settled(later, 'accepted', 'sent', 'delivered')
    expect(await stage.messageRow(id)).toBeUndefined()
    expect(texts(carrier, words)).toEqual([])
  })
})
