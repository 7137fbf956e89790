import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMetricsServer, type MetricsServer } from '../../server/metrics-server.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds

describe('metrics', () => {
  let world: World
  let server: MetricsServer

  beforeAll(async () => {
    world = await startWorld({ settings: { METRICS_PORT: '0' } })
    if (!world.metrics) throw new Error('no metrics')
    server = await startMetricsServer({
      metrics: world.metrics,
      host: '127.0.0.1',
      port: 0,
      logger: world.logger,
    })
    await world.installed()
  })
  afterAll(async () => {
    await server.close()
    await world.close()
  })

  const ask = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)
  const scrape = async () => (await ask('/metrics')).text()

  /** The value of the series whose name and labels are all given. */
  function valueOf(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
    const line = text
      .split('\n')
      .find(
        (candidate) =>
          new RegExp(`^${name}[{ ]`).test(candidate) &&
          Object.entries(labels).every(([label, value]) => candidate.includes(`${label}="${value}"`)),
      )
    return line === undefined ? undefined : Number(line.split(' ').at(-1))
  }

  it('When requests are answered, then they are counted by the pattern of their route, and no id is told', async () => {
    const rep = await world.as()
    for (const id of [contact.maya, contact.jonas]) await rep.get(`/contacts/${id}`)
    await rep.get('/contacts/no-such-contact')
    await rep.post(`/contacts/${contact.maya}/messages`).send({})
    await world.api.get('/api/nowhere').set('Authorization', `Bearer ${rep.token}`)
    const counted = (labels: Record<string, string>) => async () =>
      valueOf(await scrape(), 'wrapup_http_requests_total', labels)
    const route = '/api/contacts/:contactId'
    await expect.poll(counted({ method: 'GET', route, status: '2xx' })).toBe(2)
    await expect.poll(counted({ method: 'GET', route, status: '4xx' })).toBe(1)
    await expect.poll(counted({ method: 'POST', route: `${route}/messages`, status: '4xx' })).toBe(1)
    await expect.poll(counted({ route: '/api/session', status: '2xx' })).toBe(1)
    await expect.poll(counted({ method: 'GET', route: '(none)', status: '4xx' })).toBe(1)
    const text = await scrape()
    expect(valueOf(text, 'wrapup_http_request_duration_seconds_count', { route, method: 'GET' })).toBe(3)
    for (const id of [contact.maya, location.main, user.rep, '127.0.0.1']) expect(text).not.toContain(id)
  })

  it('When webhooks come, then they are counted by type and by what became of them', async () => {
    const event = {
      type: 'ContactUpdate',
      locationId: location.main,
      id: contact.maya,
      appId: world.config.appId,
    }
    await world.sandbox.sendWebhook(event, { copies: 2 })
    await world.sandbox.sendWebhook({ ...event, appId: 'another' })
    await world.sandbox.sendWebhook({ ...event, type: 'Invented' })
    await world.sandbox.sendWebhook(event, { tampered: true })
    const text = await scrape()
    const counted = (type: string, outcome: string) =>
      valueOf(text, 'wrapup_webhooks_total', { type, outcome })
    expect(counted('ContactUpdate', 'stored')).toBe(1)
    expect(counted('ContactUpdate', 'repeated')).toBe(1)
    expect(counted('ContactUpdate', 'ignored')).toBe(1)
    expect(counted('other', 'stored')).toBe(1)
    expect(counted('other', 'refused')).toBe(1)
  })

  it('When jobs wait, then their number and age are told by queue', async () => {
    await world.database.pool.query(`
      insert into pgboss.job (name, data, start_after)
      values ('mint-location', '{}', now() + interval '1 hour'), ('mint-location', '{}', now() + interval '2 hours')`)
    const text = await scrape()
    const queue = { queue: 'mint-location' }
    expect(valueOf(text, 'wrapup_jobs_waiting', { ...queue, state: 'deferred' })).toBe(2)
    expect(valueOf(text, 'wrapup_job_oldest_due_seconds', queue)).toBe(0)
  })

  it('When webhooks wait for somebody to work on them, then their number and age are told', async () => {
    const read = async () => {
      const text = await scrape()
      return ['wrapup_webhooks_waiting', 'wrapup_webhook_oldest_waiting_seconds'].map((name) =>
        valueOf(text, name),
      )
    }
    await expect.poll(read).toEqual([0, 0])
    const { pool } = world.database
    const receivedAt = new Date(world.clock.now() - 4_000)
    await pool.query(
      `insert into webhook_events (dedupe_key, type, received_at, payload) values ('waits', 'Invented', $1, '{}')`,
      [receivedAt],
    )
    expect(await read()).toEqual([1, 4])
    await pool.query(`delete from webhook_events where dedupe_key = 'waits'`)
  })

  it('When what is scraped cannot be read, then the rest is told, and so is that', async () => {
    await world.database.pool.query('alter table pgboss.job rename to job_away')
    try {
      const text = await scrape()
      expect(valueOf(text, 'wrapup_jobs_waiting')).toBeUndefined()
      expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(0)
    } finally {
      await world.database.pool.query('alter table pgboss.job_away rename to job')
    }
    expect(valueOf(await scrape(), 'wrapup_scrape_errors_total', { gauge: 'wrapup_jobs_waiting' })).toBe(1)
  })

  it('When the platform is called, then the calls, the tokens and the pace are told', async () => {
    const admin = await world.as(user.admin)
    world.sandbox.faults.add({ path: '/contacts/:contactId', status: 500, times: 1 })
    await admin.get(`/contacts/${contact.berlin}`)
    world.clock.advance(23.99 * 3_600_000)
    await (await world.as(user.admin)).get(`/contacts/${contact.fresh}`)
    const text = await scrape()
    const calls = (outcome: string) =>
      valueOf(text, 'wrapup_upstream_call_duration_seconds_count', { method: 'GET', outcome })
    expect(calls('2xx')).toBeGreaterThan(2)
    expect(calls('5xx')).toBe(1)
    expect(valueOf(text, 'wrapup_token_refreshes_total', { result: 'refreshed' })).toBeGreaterThan(0)
    expect(valueOf(text, 'wrapup_pace_slots_used')).toBeGreaterThan(2)
    expect(valueOf(text, 'wrapup_pace_busiest_ratio')).toBeGreaterThan(0)
    expect(valueOf(text, 'wrapup_pace_waiting', { priority: 'person' })).toBe(0)
    expect(valueOf(text, 'wrapup_event_streams_open')).toBe(0)
  })

  it('When anything else is asked for there, or metrics of the app itself, then there are none', async () => {
    expect((await ask('/')).status).toBe(404)
    expect((await ask('/api/contacts')).status).toBe(404)
    expect((await world.api.get('/metrics')).text).not.toContain('wrapup_http')
  })
})
