import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CarrierName } from '../../shared/provider-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createSeededRandom } from '../sandbox/seeded-random.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startWorld, type World } from '../support/world.ts'

/** A thousand pass as well (`STORM_TEXTS=1000`), in a minute or two. */
const count = Number(process.env['STORM_TEXTS'] || 200)
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
})
afterAll(() => world.close())

const allOverMs = (texts: number) => 45_000 + texts * 250

/** One call in 25 fails in each of these ways. */
function addFaults(carrier: CarrierName): void {
  const random = createSeededRandom(4)
  const rarely = () => random.between(1, 100) <= 4
  const send = { method: 'POST', path: /\/messages$|\/send$/, times: 1_000_000, when: rarely }
  for (const fault of [{ status: 429 }, { status: 500 }, { reset: true }, { loseAnswer: true }]) {
    stage.faults(carrier).add({ ...send, ...fault })
  }
  world.bulksms.behaviour.webhookCopies = 2
  const tell = { method: 'PUT', path: '/conversations/messages/:id/status', times: 1_000_000, when: rarely }
  world.sandbox.faults.add({ ...tell, status: 500 })
  world.sandbox.faults.add({ ...tell, loseAnswer: true })
}

/** @returns by the CRM's id of each text, its words */
async function runStorm(carrier: CarrierName, texts: number): Promise<Map<string, string>> {
  await stage.use(carrier)
  await world.database.db.execute(sql`truncate provider_messages`)
  addFaults(carrier)
  const words = new Map<string, string>()
  for (let place = 0; place < texts; place += 1) {
    const body = `Storm text number ${place} (${carrier})`
    words.set(world.sandbox.sendFromCrm({ contactId: contact.maya, body, userId: user.rep }).id, body)
  }
  await world.sandbox.settle()
  await vi.waitFor(
    async () => {
      await stage.settle()
      // Tries that wait longer than a test may are made in the next pass.
      await stage.passTime(61_000)
      await stage.poll(carrier)
      const [told] = await stage.rowsOf(
        sql`select count(*)::int as rows from provider_messages where told_state is not null`,
      )
      expect(told).toEqual({ rows: texts })
    },
    { timeout: allOverMs(texts), interval: 500 },
  )
  return words
}

describe('many texts through another system that fails now and then', () => {
  it(
    'When all is over at BulkSMS, then its record, ours and that of the CRM agree, and nothing left twice',
    { timeout: allOverMs(count) + 15_000 },
    async () => {
      const words = await runStorm('bulksms', count)
      const sent = world.bulksms.sentTexts().map(({ body }) => body)
      expect(sent.toSorted()).toEqual([...words.values()].toSorted())
      const rows = await stage.rowsOf(sql`select message_id, state from provider_messages`)
      expect(rows.every(({ state }) => state === 'delivered')).toBe(true)
      expect([...words.keys()].map(stage.crmStatus)).toEqual(Array.from({ length: count }, () => 'delivered'))
    },
  )

  const fewer = Math.ceil(count / 4)
  it(
    'When all is over at Heymarket, which drops no repeats, then what is told as failed never left, and all else once',
    { timeout: allOverMs(fewer) + 15_000 },
    async () => {
      const words = await runStorm('heymarket', fewer)
      const rows = await stage.rowsOf(sql`select message_id, state, reason from provider_messages`)
      const wordsIn = (state: string) =>
        rows
          .filter((row) => row['state'] === state)
          .map((row) => words.get(String(row['message_id'])))
          .toSorted()
      const sent = stage.sent('heymarket').map(({ text }) => text)
      expect(sent.toSorted()).toEqual(wordsIn('delivered'))
      expect(wordsIn('delivered').length + wordsIn('failed').length).toBe(fewer)
      expect(wordsIn('delivered').length).toBeGreaterThan(fewer / 2)
      expect(rows.map((row) => stage.crmStatus(String(row['message_id'])))).toEqual(
        rows.map(({ state }) => state),
      )
      expect(rows.filter(({ state, reason }) => state === 'failed' && !reason)).toEqual([])
    },
  )
})
