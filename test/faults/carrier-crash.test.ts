import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { AppProcess } from '../support/app-process.ts'
import { startCarriers } from '../support/carriers.ts'
import { createLiveClock } from '../support/clock.ts'
import { faultRounds } from '../support/fault-rounds.ts'
import { startProcessStage } from '../support/process-stage.ts'

const { contact, conversationProvider, location, user } = seedIds
const textCount = faultRounds * 20
/** A dead process's jobs come back within 15 s; what became of a text is asked after 20 s, and again a minute later. */
const settledMs = 120_000

let stage: Awaited<ReturnType<typeof startProcessStage>>
let carriers: Awaited<ReturnType<typeof startCarriers>>
let database: Client
let app: AppProcess

beforeEach(async () => {
  carriers = await startCarriers(createLiveClock())
  const hidden = () => [...carriers.secrets(), ...carriers.privateTexts()]
  stage = await startProcessStage(carriers.settings, hidden)
  stage.sandbox.behaviour.rateLimit = { max: 100_000, intervalMs: 10_000, perDay: 1_000_000 }
  app = await stage.startFirst()
  await stage.install()
  database = new Client({ connectionString: stage.databaseUrl })
  await database.connect()
  await connectBulksms()
})
afterEach(async () => {
  await database.end()
  await carriers.settle()
  await stage.close()
  await carriers.close()
})

async function put(token: string, path: string, body: object): Promise<void> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const url = `${stage.publicUrl}/api${path}`
  const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
}

async function connectBulksms(): Promise<void> {
  const token = await stage.signIn(user.admin)
  const conversationProviderId = conversationProvider.ours
  await put(token, '/providers/bulksms', {
    credentials: carriers.bulksms.credentials(),
    settings: { conversationProviderId, createsContacts: true, sender: null, alertEmail: '' },
  })
  await put(token, '/providers/chosen', { provider: 'bulksms' })
  stage.sandbox.chooseSmsProvider(location.main, conversationProviderId)
}

const statesOf = async (): Promise<string[]> =>
  (await database.query('select state from provider_messages order by id')).rows.map(({ state }) => state)

/** Between the two nothing runs: what is found half done then has been left, as it is after some minutes. */
async function killAndRestart(): Promise<number> {
  await stage.kill(app)
  const { rowCount } = await database.query(
    `update provider_messages set updated_at = updated_at - interval '3 minutes' where state = 'sending'`,
  )
  app = await stage.startFirst()
  return rowCount ?? 0
}

describe('texts through another system', () => {
  it(
    `When the app is killed ${faultRounds} times while it sends ${textCount}, then each leaves once, and the CRM knows its end`,
    { timeout: settledMs + faultRounds * 20_000 },
    async () => {
      const { bulksms } = carriers
      const slow = { method: 'POST', path: '/messages', times: 1_000_000 }
      bulksms.faults.add({ ...slow, delayMs: 150 })
      const words = Array.from({ length: textCount }, (_, place) => `Crash text number ${place}`)
      const ids = words.map((body) => {
        return stage.sandbox.sendFromCrm({ contactId: contact.maya, body, userId: user.rep }).id
      })
      let cutOff = 0
      for (let round = 1; round <= faultRounds; round += 1) {
        const share = Math.floor((textCount * round) / (faultRounds + 1))
        await expect
          .poll(() => bulksms.sentTexts().length, { timeout: 30_000, interval: 5 })
          .toBeGreaterThanOrEqual(share)
        cutOff += await killAndRestart()
      }
      expect(cutOff).toBeGreaterThan(0)

      const crmStatuses = () =>
        ids.map((id) => stage.sandbox.state.messages.find((message) => message.id === id)?.status)
      await expect
        .poll(crmStatuses, { timeout: settledMs, interval: 500 })
        .toEqual(ids.map(() => 'delivered'))
      expect(
        bulksms
          .sentTexts()
          .map(({ body }) => body)
          .toSorted(),
      ).toEqual(words.toSorted())
      expect(await statesOf()).toEqual(ids.map(() => 'delivered'))
    },
  )
})
