import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createSeededRandom } from '../sandbox/seeded-random.ts'
import type { AppProcess } from '../support/app-process.ts'
import { faultRounds } from '../support/fault-rounds.ts'
import { startProcessStage } from '../support/process-stage.ts'

const tokenPath = '/oauth/token'
const graceMs = 30_000

let stage: Awaited<ReturnType<typeof startProcessStage>>
let first: AppProcess
let session: string
let database: Client

beforeEach(async () => {
  stage = await startProcessStage()
  first = await stage.startFirst()
  await stage.install()
  session = await stage.signIn()
  database = new Client({ connectionString: stage.databaseUrl })
  await database.connect()
})
afterEach(async () => {
  await database.end()
  await stage.close()
})

const statusOf = async (app: AppProcess): Promise<number> => {
  const headers = { Authorization: `Bearer ${session}` }
  return (await fetch(`${app.url}/api/tags`, { headers })).status
}
const refreshes = () =>
  stage.sandbox.calls.filter(
    ({ path, body }) => path === tokenPath && JSON.stringify(body).includes('refresh_token'),
  ).length
const installation = async () => {
  const { rows } = await database.query(
    'select status, refreshing_since from installations where location_id = $1',
    [seedIds.location.main],
  )
  return rows[0]
}
const isSettled = async () => (await installation()).refreshing_since === null

/** Asks for something that needs a new token, and kills the process once `moment` has come. */
async function killDuringRefresh(app: AppProcess, moment: () => Promise<unknown>): Promise<void> {
  stage.sandbox.tokens.expireAccess()
  const answer = statusOf(app).catch(() => 'no answer')
  await moment()
  await stage.kill(app)
  await answer
}

/** Until the platform has handed out a new pair, which is then lost. */
async function pairIsLost(): Promise<void> {
  const before = stage.sandbox.tokens.issued().length
  stage.sandbox.faults.add({ path: tokenPath, loseAnswer: true })
  await expect.poll(() => stage.sandbox.tokens.issued().length, { interval: 1 }).toBeGreaterThan(before)
}

describe('a refresh in processes that share a database', () => {
  it('When a hundred calls in two processes meet an expired token, then one refresh serves all of them', async () => {
    const second = await stage.startAnother()
    stage.sandbox.behaviour.rateLimit = { ...stage.sandbox.behaviour.rateLimit, max: 1_000 }
    expect(await Promise.all([statusOf(first), statusOf(second)])).toEqual([200, 200])
    stage.sandbox.tokens.expireAccess()
    stage.sandbox.behaviour.refreshReuse = 'revoke'
    const apps = [first, second]
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, place) => statusOf(apps[place % 2] ?? first)),
    )
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(refreshes()).toBe(1)
  })

  it('When a process dies with the only copy of the new pair, then the next start gets it again by itself', async () => {
    await killDuringRefresh(first, pairIsLost)
    expect(await isSettled()).toBe(false)
    const next = await stage.startFirst()
    await expect.poll(isSettled, { timeout: 25_000 }).toBe(true)
    stage.sandbox.clock.advance(graceMs + 1_000)
    expect(await statusOf(next)).toBe(200)
  })

  it('When a process dies with the only copy of the new pair, then another that runs gets it by itself', async () => {
    const second = await stage.startAnother()
    await killDuringRefresh(first, pairIsLost)
    await expect.poll(isSettled, { timeout: 25_000 }).toBe(true)
    stage.sandbox.clock.advance(graceMs + 1_000)
    expect(await statusOf(second)).toBe(200)
  })

  it(
    `When a process is killed ${faultRounds} times at random moments of a refresh, then the installation lives`,
    { timeout: 30_000 + faultRounds * 20_000 },
    async () => {
      const random = createSeededRandom(7)
      let app = first
      for (let round = 0; round < faultRounds; round += 1) {
        stage.sandbox.faults.add({ path: tokenPath, delayMs: random.between(0, 40) })
        await killDuringRefresh(app, () => pause(random.between(0, 120)))
        stage.sandbox.faults.clear()
        app = await stage.startFirst()
        expect(await statusOf(app), `after round ${round}`).toBe(200)
      }
      expect(await installation()).toEqual({ status: 'active', refreshing_since: null })
    },
  )
})
