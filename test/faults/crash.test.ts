import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createJobQueue } from '../../server/jobs/job-queue.ts'
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { AppProcess } from '../support/app-process.ts'
import { faultRounds } from '../support/fault-rounds.ts'
import { startProcessStage } from '../support/process-stage.ts'

const { company, location, user } = seedIds
const webhookCount = faultRounds * 50
const jobCount = faultRounds * 10
const senderCount = 10
/** What a dead process left is found within 15 s, and may then wait some seconds for its next try. */
const takeOverMs = 45_000

let stage: Awaited<ReturnType<typeof startProcessStage>>
let app: AppProcess
/** Pending while nothing serves. */
let serving: Promise<void>
let database: Client

beforeEach(async () => {
  stage = await startProcessStage()
  app = await stage.startFirst()
  serving = Promise.resolve()
  await stage.sandbox.installFromMarketplace({
    userId: user.owner,
    companyId: company.harbor,
    locationIds: [location.main],
  })
  database = new Client({ connectionString: stage.databaseUrl })
  await database.connect()
})
afterEach(async () => {
  await database.end()
  await stage.close()
})

async function killAndRestart(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  serving = promise
  await stage.kill(app)
  app = await stage.startFirst()
  resolve()
}

/** Sends as the platform does: again until it is acknowledged, and some once more after that. */
async function sendAll(acknowledged: Set<string>): Promise<void> {
  const waiting = Array.from({ length: webhookCount }, (_, place) => `crash-${place}`)
  const sendNext = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const event = { type: 'ContactUpdate', locationId: location.main, id, webhookId: id }
      let status: number | null = null
      while (status !== 200) {
        await serving
        status = (await stage.sandbox.sendWebhook(event)).status
      }
      acknowledged.add(id)
      if (acknowledged.size % 10 === 0) await stage.sandbox.sendWebhook(event)
    }
  }
  await Promise.all(Array.from({ length: senderCount }, sendNext))
}

/** New sub-accounts of the agency, whose tokens are made by jobs. */
async function queueMints(): Promise<string[]> {
  const { state } = stage.sandbox
  const template = state.locations.find(({ id }) => id === location.main)
  if (!template) throw new Error('The seed has no such location')
  const ids = Array.from({ length: jobCount }, (_, place) => `locCrash${String(place).padStart(12, '0')}`)
  const installedAt = new Date().toISOString()
  for (const id of ids) {
    state.locations.push({ ...template, id })
    state.installs.push({ companyId: company.harbor, locationId: id, viaCompany: true, installedAt })
  }
  const logger = createLogger('silent')
  const own = await openDatabase({ databaseUrl: stage.databaseUrl, dataDir: '', logger })
  const { connectionOptions, db } = own
  const queue = createJobQueue({ connectionOptions, db, logger, runsSchedules: false })
  await queue.open()
  for (const locationId of ids) {
    await queue.send('mint-location', { companyId: company.harbor, locationId, requestedAt: Date.now() })
  }
  await queue.close()
  await own.close()
  return ids
}

const rowsOf = async (query: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await database.query(query, values)).rows
const openWork = async () =>
  (
    await rowsOf(`select name from pgboss.job where name in ('process-webhooks', 'mint-location')
      and state in ('created', 'retry', 'active')
      union all select type from webhook_events where processed_at is null`)
  ).length

describe('work that was acknowledged', () => {
  it(
    `When the app is killed ${faultRounds} times while ${webhookCount} webhooks and ${jobCount} jobs run, then each is done once`,
    { timeout: takeOverMs + 30_000 + faultRounds * 10_000 },
    async () => {
      const locationIds = await queueMints()
      const acknowledged = new Set<string>()
      const sent = sendAll(acknowledged)
      for (let round = 1; round <= faultRounds; round += 1) {
        const share = Math.floor((webhookCount * round) / (faultRounds + 1))
        await expect
          .poll(() => acknowledged.size, { timeout: 20_000, interval: 1 })
          .toBeGreaterThanOrEqual(share)
        await killAndRestart()
      }
      await sent
      await expect.poll(openWork, { timeout: takeOverMs, interval: 100 }).toBe(0)

      const ledger = await rowsOf(
        `select payload ->> 'id' as id, processed_at is not null as processed from webhook_events where type = 'ContactUpdate'`,
      )
      expect(ledger.map(({ id }) => id).sort()).toEqual([...acknowledged].sort())
      expect(ledger.filter(({ processed }) => !processed)).toEqual([])
      const told = await rowsOf(
        `select contact_id as id from location_events where contact_id like 'crash-%'`,
      )
      expect(told.map(({ id }) => id).sort()).toEqual([...acknowledged].sort())

      const installed = await rowsOf(
        `select location_id as id from installations where location_id = any($1) and status = 'active'`,
        [locationIds],
      )
      expect(installed.map(({ id }) => id).sort()).toEqual(locationIds)
      expect(await rowsOf(`select 1 from pgboss.job where name = 'failed-jobs'`)).toEqual([])
    },
  )
})
