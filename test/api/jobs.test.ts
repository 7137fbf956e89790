import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../server/errors.ts'
import type { JobHandlers, JobMap, JobName } from '../../server/jobs/job-map.ts'
import { jobOptions } from '../../server/jobs/job-options.ts'
import { schedules } from '../../server/jobs/job-schedules.ts'
import { createJobQueue } from '../../server/jobs/job-queue.ts'
import { createLogger } from '../../server/logger.ts'
import { currentContext, runWithContext } from '../../server/request-context.ts'
import { type Database, openDatabase } from '../../server/storage/database.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { hurryJobs } from '../support/hurried-jobs.ts'
import { createRecorder } from '../support/recorded-output.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const { location } = seedIds
const patience = { timeout: 10_000, interval: 20 }

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
    await hurryJobs(database)
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
