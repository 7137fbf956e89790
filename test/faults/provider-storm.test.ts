import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createSeededRandom } from '../sandbox/seeded-random.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startWorld, type World } from '../support/world.ts'

/** A thousand pass as well, in a minute or two. */
const count = 200
const { contact, user } = seedIds

let world: World
let stage: CarrierStage

beforeAll(async () => {
  world = await startWorld({ carriers: true, settings: { LOG_LEVEL: 'error' } })
  world.sandbox.behaviour.rateLimit = { max: 100_000, intervalMs: 10_000, perDay: 1_000_000 }
  world.sandbox.behaviour.providerStatusLagMs = 0
  world.bulksms.state.credits = 10_000
  world.bulksms.state.quota.remaining = 10_000
  stage = await createCarrierStage(world)
  await stage.use('bulksms')
})
afterAll(() => world.close())

describe('many texts through another system that fails now and then', () => {
  it('When all is over, then its record, ours and that of the CRM agree, and nothing left twice', async () => {
    const random = createSeededRandom(4)
    const rarely = () => random.between(1, 100) <= 4
    const send = { method: 'POST', path: '/messages', times: 1_000_000, when: rarely }
    world.bulksms.faults.add({ ...send, status: 429 })
    world.bulksms.faults.add({ ...send, status: 500 })
    world.bulksms.faults.add({ ...send, reset: true })
    world.bulksms.faults.add({ ...send, loseAnswer: true })
    world.bulksms.behaviour.webhookCopies = 2
    const tell = { method: 'PUT', path: '/conversations/messages/:id/status', times: 1_000_000, when: rarely }
    world.sandbox.faults.add({ ...tell, status: 500 })
    world.sandbox.faults.add({ ...tell, loseAnswer: true })

    const words = new Map<string, string>()
    for (let place = 0; place < count; place += 1) {
      const body = `Storm text number ${place}`
      const { id } = world.sandbox.sendFromCrm({ contactId: contact.maya, body, userId: user.rep })
      words.set(id, body)
    }
    await world.sandbox.settle()
    await vi.waitFor(
      async () => {
        await world.bulksms.settle()
        // Tries that wait longer than a test may are made in the next pass.
        await stage.passTime(61_000)
        const [open] = await stage.rowsOf(
          sql`select count(*)::int as rows from provider_messages where told_state is not null`,
        )
        expect(open).toEqual({ rows: count })
      },
      { timeout: 55_000, interval: 500 },
    )

    const sent = world.bulksms.sentTexts().map(({ body }) => body)
    expect(sent.toSorted()).toEqual([...words.values()].toSorted())
    const rows = await stage.rowsOf(sql`select message_id, state from provider_messages`)
    expect(rows.every(({ state }) => state === 'delivered')).toBe(true)
    expect([...words.keys()].map(stage.crmStatus)).toEqual(Array.from({ length: count }, () => 'delivered'))
  }, 60_000)
})
