import { Agent, request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { expect, it, onTestFinished, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startProcessStage } from '../support/process-stage.ts'

/** What a supervisor may count on. */
const stopWithinMs = 10_000
const hangMs = 60_000

async function startInstalled() {
  const stage = await startProcessStage()
  onTestFinished(stage.close)
  const app = await stage.startFirst()
  await stage.install()
  return { stage, app }
}

it(
  'When it is told to stop while the platform hangs, then it exits with 0 within 10 s, and the next process goes on',
  { timeout: 60_000 },
  async () => {
    const { stage, app } = await startInstalled()
    const token = await stage.signIn()
    const readTags = (url: string) =>
      fetch(`${url}/api/tags`, { headers: { Authorization: `Bearer ${token}` } }).then(
        ({ status }) => status,
        () => 'cut off',
      )
    stage.sandbox.tokens.expireAccess()
    const hanging = stage.sandbox.faults.add({ path: '/oauth/token', delayMs: hangMs, times: 20 })
    const asked = readTags(app.url)
    await vi.waitFor(() => expect(hanging.hits()).toBeGreaterThan(0), 5_000)

    expect(await Promise.race([stage.stop(app), pause(stopWithinMs, 'still running')])).toBe(0)
    await asked
    stage.sandbox.faults.clear()
    const next = await stage.startFirst()
    expect(await readTags(next.url)).toBe(200)
  },
)

it(
  'When it is told to stop while it works on a webhook, then it does so first',
  { timeout: 60_000 },
  async () => {
    const { stage, app } = await startInstalled()
    const database = new Client({ connectionString: stage.databaseUrl })
    await database.connect()
    onTestFinished(() => database.end())
    const openEvents = async () =>
      (
        await database.query(
          `select 1 from webhook_events where type = 'NoteCreate' and processed_at is null`,
        )
      ).rowCount
    await database.query('begin')
    await database.query('lock table location_events')
    const event = { type: 'NoteCreate', locationId: seedIds.location.main, id: 'note-1', contactId: 'c-1' }
    expect((await stage.sandbox.sendWebhook(event)).status).toBe(200)
    await vi.waitFor(async () => {
      const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'wrapup'`
      expect((await database.query(waiting)).rowCount).toBe(1)
    }, 5_000)

    const stopped = stage.stop(app)
    await vi.waitFor(() => expect(stage.logs().join()).toContain('"stopping"'), 5_000)
    expect(await openEvents()).toBe(1)
    await database.query('commit')
    expect(await stopped).toBe(0)
    expect(await openEvents()).toBe(0)
  },
)

it(
  'When it is told to stop while a balancer keeps its connection open, then the request under way is answered and nothing else waited for',
  { timeout: 60_000 },
  async () => {
    const { stage, app } = await startInstalled()
    const token = await stage.signIn()
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    stage.sandbox.tokens.expireAccess()
    const slow = stage.sandbox.faults.add({ path: '/oauth/token', delayMs: 1_000, times: 1 })
    const asked = httpRequest(`${app.url}/api/tags`, { agent, headers: { Authorization: `Bearer ${token}` } })
    const answered = once(asked.end(), 'response')
    await vi.waitFor(() => expect(slow.hits()).toBe(1), 5_000)

    const stopped = stage.stop(app)
    const [answer] = await answered
    answer.resume()
    expect(answer.statusCode).toBe(200)
    expect(await Promise.race([stopped, pause(6_000, 'still running')])).toBe(0)
  },
)
