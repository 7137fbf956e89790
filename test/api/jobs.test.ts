import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { errorBodySchema } from '../../shared/error-contract.ts'
import { failedJobsAnswerSchema } from '../../shared/failed-job-contract.ts'
import { AppError } from '../../server/errors.ts'
import type { JobHandlers, JobMap, JobName } from '../../server/jobs/job-map.ts'
import { jobOptions } from '../../server/jobs/job-options.ts'
import { schedules } from '../../server/jobs/job-schedules.ts'
import { createJobQueue } from '../../server/jobs/job-queue.ts'
import { createLogger } from '../../server/logger.ts'
import { currentContext, runWithContext } from '../../server/request-context.ts'
import { type Database, openDatabase } from '../../server/storage/database.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createRecorder } from '../support/recorded-output.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds
const patience = { timeout: 10_000, interval: 20 }

/** What waits is on its last try and due: retries take hours otherwise. */
const hurry = (database: Database) =>
  database.db.execute(
    sql`update pgboss.job set retry_count = retry_limit, start_after = now() where state in ('created', 'retry') and name <> 'failed-jobs'`,
  )

type Webhook = JobMap['process-webhooks']
const webhook = (eventId: number, locationId: string | null = location.main): Webhook => ({
  eventIds: [eventId],
  locationId,
  companyId: null,
})

describe('the job queue', () => {
  let testDatabase: TestDatabase
  let database: Database
  let recorder: ReturnType<typeof createRecorder>
  let queues: ReturnType<typeof createJobQueue>[]

  beforeEach(async () => {
    recorder = createRecorder()
    queues = []
    testDatabase = await createTestDatabase()
    const logger = createLogger('debug', recorder.destination)
    database = await openDatabase({ databaseUrl: testDatabase.url, dataDir: '', logger })
  })
  afterEach(async () => {
    for (const queue of queues) {
      await queue.drain(1_000)
      await queue.close()
    }
    await database.close()
    recorder.save([])
    await testDatabase.drop()
  })

  async function openQueue(runsSchedules = false) {
    const logger = createLogger('debug', recorder.destination)
    const { connectionOptions, db } = database
    const queue = createJobQueue({ connectionOptions, db, logger, runsSchedules })
    queues.push(queue)
    await queue.open()
    return queue
  }

  const names = Object.keys(jobOptions) as JobName[]
  const handleAll = (handle: (name: JobName) => void) =>
    Object.fromEntries(
      names.map((name) => [name, async () => handle(name)]),
    ) as Partial<JobHandlers> as JobHandlers
  const idle = handleAll((name) => {
    throw new Error(`No ${name} was sent`)
  })
  const onWebhook = (handle: JobHandlers['process-webhooks']): JobHandlers => ({
    ...idle,
    'process-webhooks': handle,
  })

  it('When a request queues a job, then the job runs under the id of that request', async () => {
    const queue = await openQueue()
    const seen: unknown[] = []
    await queue.work(
      onWebhook(async () => {
        seen.push(currentContext())
        throw new AppError('upstream_failed', 'It did not work.')
      }),
    )
    const context = { requestId: 'request-1', deadlineAt: 0, priority: 'person' as const }
    await runWithContext(context, () => queue.send('process-webhooks', webhook(1)))
    await vi.waitFor(() => expect(recorder.logs.join()).toContain('job failed'), patience)
    expect(seen[0]).toMatchObject({ requestId: 'request-1', priority: 'background' })
    const line = recorder.logs.find((log) => log.includes('job failed')) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({ requestId: 'request-1', job: 'process-webhooks', attempts: 1 })
  })

  it('When a job comes by itself, then it runs under an id of its own', async () => {
    const queue = await openQueue()
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    await queue.work(onWebhook(async () => resolve(currentContext()?.requestId)))
    await queue.send('process-webhooks', webhook(1))
    expect(await promise).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('When all jobs of one location hang, then another location’s job runs all the same', async () => {
    const queue = await openQueue()
    for (let id = 1; id <= 60; id += 1) await queue.send('process-webhooks', webhook(id, 'busy'))
    const hanging = Promise.withResolvers<void>()
    const calm = Promise.withResolvers<number>()
    let running = 0
    await queue.work(
      onWebhook(async ({ locationId, eventIds }) => {
        if (locationId === 'calm') return calm.resolve(eventIds[0] ?? 0)
        running += 1
        await hanging.promise
      }),
    )
    await vi.waitFor(() => expect(running).toBe(jobOptions['process-webhooks'].concurrencyPerOwner), patience)
    await queue.send('process-webhooks', webhook(1_000, 'calm'))
    expect(await calm.promise).toBe(1_000)
    expect(running).toBe(jobOptions['process-webhooks'].concurrencyPerOwner)
    hanging.resolve()
    await vi.waitFor(() => expect(running).toBe(60), patience)
  })

  it('When many jobs of one location wait, then they run one after the other and few are taken in vain', async () => {
    const queue = await openQueue()
    for (const statement of [
      'create table put_back (id uuid)',
      `create function note_put_back() returns trigger language plpgsql as
        'begin insert into put_back values (new.id); return null; end'`,
      `create trigger put_back after update on pgboss.job for each row
        when (old.state = 'active' and new.state = 'created') execute function note_put_back()`,
    ]) {
      await database.pool.query(statement)
    }
    const sent = Array.from({ length: 20 }, (_, place) => webhook(place))
    await database.db.transaction((transaction) => queue.sendAll('process-webhooks', sent, transaction))
    const done: number[] = []
    let running = 0
    let mostRunning = 0
    const handlers = handleAll(() => undefined)
    await queue.work({
      ...handlers,
      'process-webhooks': async ({ eventIds }) => {
        mostRunning = Math.max(mostRunning, (running += 1))
        await database.ping()
        running -= 1
        done.push(...eventIds)
      },
    })
    await vi.waitFor(() => expect(done).toHaveLength(sent.length), patience)
    expect(mostRunning).toBe(1)
    // Only where two workers ask at the same moment.
    const { rowCount } = await database.pool.query('select id from put_back')
    expect(rowCount).toBeLessThan(sent.length / 2)
  })

  it('When the transaction of a job is rolled back, then there is no job', async () => {
    const queue = await openQueue()
    const seen: number[] = []
    await queue.work(onWebhook(async ({ eventIds }) => void seen.push(...eventIds)))
    const rolledBack = database.db.transaction(async (transaction) => {
      await queue.send('process-webhooks', webhook(1), { transaction })
      throw new Error('rolled back')
    })
    await expect(rolledBack).rejects.toThrow('rolled back')
    await queue.send('process-webhooks', webhook(2))
    await vi.waitFor(() => expect(seen).toContain(2), patience)
    expect(seen).toEqual([2])
  })

  it('When a job that needs to wait only once is sent again, then there is one', async () => {
    const queue = await openQueue()
    for (let copy = 0; copy < 3; copy += 1) await queue.send('prune-ledgers', {})
    const { rows } = await database.db.execute(sql`select 1 from pgboss.job where name = 'prune-ledgers'`)
    expect(rows).toHaveLength(1)
  })

  it('When two processes run the schedules, then each is stored once and those of the start come at once', async () => {
    const ran = new Set<string>()
    const handlers = handleAll((name) => void ran.add(name))
    for (const queue of [await openQueue(true), await openQueue(true)]) await queue.work(handlers)
    const entries = Object.entries(schedules)
    const atStart = entries.filter(([, schedule]) => schedule.atStart).map(([name]) => name)
    await vi.waitFor(() => expect([...ran]).toEqual(expect.arrayContaining(atStart)), patience)
    const { rows } = await database.db.execute(sql`select name from pgboss.schedule order by name`)
    const byClock = entries.filter(([, schedule]) => schedule.cron).map(([name]) => name)
    expect(rows.map(({ name }) => name)).toEqual(byClock.sort())
  })

  it('When the process stops while a job hangs, then another process has it soon', async () => {
    const [first, second] = [await openQueue(), await openQueue()]
    const started = Promise.withResolvers<void>()
    const never = Promise.withResolvers<void>()
    await first.work(
      onWebhook(() => {
        started.resolve()
        return never.promise
      }),
    )
    await first.send('process-webhooks', webhook(7))
    await started.promise
    await first.drain(1_000)
    const { promise, resolve } = Promise.withResolvers<number>()
    await second.work(onWebhook(async ({ eventIds }) => resolve(eventIds[0] ?? 0)))
    expect(await promise).toBe(7)
  })

  it('When a process is stopping, then jobs can still be sent, and wait', async () => {
    const queue = await openQueue()
    const seen: number[] = []
    await queue.work(onWebhook(async ({ eventIds }) => void seen.push(...eventIds)))
    await queue.drain()
    await queue.send('process-webhooks', webhook(3))
    const { rows } = await database.db.execute(
      sql`select state from pgboss.job where name = 'process-webhooks'`,
    )
    expect(rows).toEqual([{ state: 'created' }])
    expect(seen).toEqual([])
  })

  it('When a job fails at every try, then only its code is kept, for its location alone', async () => {
    const queue = await openQueue()
    await queue.send('process-webhooks', webhook(9))
    await queue.send('process-webhooks', webhook(10, 'elsewhere'))
    await queue.send('process-webhooks', webhook(11, null))
    await hurry(database)
    await queue.work(
      onWebhook(async () => {
        throw new Error('holds a secret', { cause: { token: 'a secret' } })
      }),
    )
    const stored = () => database.db.execute(sql`select * from pgboss.job where name = 'failed-jobs'`)
    await vi.waitFor(async () => expect((await stored()).rows).toHaveLength(3), patience)
    const [failed, ...others] = await queue.failed.list(location.main)
    expect(others).toEqual([])
    expect(failed).toMatchObject({ name: 'process-webhooks', code: 'internal', attempts: 13 })
    const rows = await database.db.execute(sql`select * from pgboss.job`)
    expect(JSON.stringify(rows.rows)).not.toContain('secret')
    expect(recorder.logs.join()).toContain('job failed for good')
    const kept = sql`select extract(day from keep_until - created_on)::int as days from pgboss.job where name = 'failed-jobs'`
    expect((await database.db.execute(kept)).rows).toEqual([{ days: 30 }, { days: 30 }, { days: 30 }])
  })
})

describe('failed jobs', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
    await world.sandbox.installFromMarketplace({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main],
    })
    world.sandbox.faults.add({ path: '/oauth/locationToken', status: 503, times: 100 })
    const requestedAt = world.clock.now() + 60_000
    const payload = { companyId: company.harbor, locationId: location.main, requestedAt }
    await world.sendJob('mint-location', payload, { startAfterSeconds: 3_600 })
    await world.sendJob(
      'mint-location',
      { ...payload, locationId: 'elsewhere' },
      { startAfterSeconds: 3_600 },
    )
    await hurry(world.database)
    const failed = () => world.database.db.execute(sql`select 1 from pgboss.job where name = 'failed-jobs'`)
    await vi.waitUntil(async () => (await failed()).rows.length === 2, patience)
    world.sandbox.faults.clear()
  })
  afterAll(() => world.close())

  const codeOf = (body: unknown) => errorBodySchema.parse(body).error.code

  it('When an ordinary user asks, then it is refused', async () => {
    const rep = await world.as(user.rep)
    const [listed, replayed] = [
      await rep.get('/failed-jobs'),
      await rep.post('/failed-jobs/00000000-0000-4000-8000-000000000000/replay'),
    ]
    expect([listed.status, codeOf(listed.body)]).toEqual([403, 'forbidden'])
    expect([replayed.status, codeOf(replayed.body)]).toEqual([403, 'forbidden'])
    expect((await world.api.get('/api/failed-jobs')).status).toBe(401)
  })

  it('When an admin replays a failed job, then it runs again and is listed no more', async () => {
    const admin = await world.as(user.admin)
    const { failedJobs } = failedJobsAnswerSchema.parse((await admin.get('/failed-jobs')).body)
    expect(failedJobs).toMatchObject([{ name: 'mint-location', code: 'upstream_failed', attempts: 13 }])
    const path = `/failed-jobs/${failedJobs[0]?.id}/replay`
    const mints = () => world.sandbox.calls.filter((call) => call.path === '/oauth/locationToken').length
    const before = mints()
    expect((await admin.post(path)).body).toEqual({ replayed: true })
    await vi.waitFor(() => expect(mints()).toBe(before + 1), patience)
    expect((await admin.get('/failed-jobs')).body).toEqual({ failedJobs: [] })
    const again = await admin.post(path)
    expect([again.status, codeOf(again.body)]).toEqual([404, 'not_found'])
  })

  it.each(['00000000-0000-4000-8000-000000000000', 'not-an-id'])(
    'When the failed job %s is replayed, then there is none',
    async (id) => {
      const admin = await world.as(user.admin)
      expect((await admin.post(`/failed-jobs/${id}/replay`)).status).toBe(404)
    },
  )

  it('When a failed job is another location’s, then it cannot be replayed', async () => {
    const { rows } = await world.database.db.execute(
      sql`select id from pgboss.job where name = 'failed-jobs' and data ->> 'locationId' = 'elsewhere'`,
    )
    const admin = await world.as(user.admin)
    expect((await admin.post(`/failed-jobs/${String(rows[0]?.['id'])}/replay`)).status).toBe(404)
  })
})
