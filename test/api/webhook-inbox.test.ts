import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { currentContext, type RequestContext, runWithContext } from '../../server/request-context.ts'
import { type Database, openDatabase } from '../../server/storage/database.ts'
import { createWebhookInbox, type HandledEvents } from '../../server/webhooks/webhook-inbox.ts'
import { jobsFor, type QueuedEvents } from '../../server/webhooks/webhook-jobs.ts'
import { createWebhookRepository, type WebhookEvent } from '../../server/webhooks/webhook-repository.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

let testDatabase: TestDatabase
let database: Database
let repository: ReturnType<typeof createWebhookRepository>
const startedAt = Date.UTC(2026, 0, 5, 12)
let now = startedAt

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = await openDatabase({
    databaseUrl: testDatabase.url,
    dataDir: '',
    logger: createLogger('silent'),
  })
  repository = createWebhookRepository(database)
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})
afterEach(async () => {
  now = startedAt
  vi.useRealTimers()
  await database.pool.query('delete from webhook_events')
})

/** Keys say whose events they are and whether they take time. */
async function store(...keys: string[]): Promise<WebhookEvent[]> {
  const stored = await repository.storeAll(
    keys.map((dedupeKey) => ({
      dedupeKey,
      type: dedupeKey.startsWith('slow') ? 'UNINSTALL' : 'ContactUpdate',
      locationId: dedupeKey.startsWith('there') ? 'there' : 'here',
      companyId: null,
      eventAt: null,
      receivedAt: new Date(now),
      payload: { dedupeKey },
    })),
  )
  return stored.filter((event) => event !== undefined)
}

const idsOf = (events: readonly WebhookEvent[]): number[] => events.map(({ id }) => id)
const allDone = async (events: readonly WebhookEvent[]): Promise<HandledEvents> => ({
  done: idsOf(events),
  failures: [],
})

/** An inbox as one process has it; its jobs are gathered instead of being run. */
function startInbox(handle: (events: readonly WebhookEvent[]) => Promise<HandledEvents> = allDone) {
  const jobs: (QueuedEvents & { startAfterSeconds: number })[] = []
  const handled: string[] = []
  const inbox = createWebhookInbox({
    repository,
    handle: (events) => {
      handled.push(...events.map(({ dedupeKey }) => dedupeKey))
      return handle(events)
    },
    takesTime: ({ type }) => type === 'UNINSTALL',
    queueJobs: (startAfterSeconds) => async (events) => {
      for (const job of jobsFor(events)) jobs.push({ ...job, startAfterSeconds })
    },
    logger: createLogger('silent'),
    now: () => now,
  })
  return {
    inbox,
    jobs,
    handled,
    queuedIds: () => jobs.flatMap(({ eventIds }) => eventIds).toSorted((one, other) => one - other),
    [Symbol.asyncDispose]: async () => {
      await inbox.drain()
      await inbox.close()
    },
  }
}

async function openKeys(): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    'select dedupe_key as key from webhook_events where processed_at is null order by key',
  )
  return rows.map(({ key }) => key)
}

describe('work on webhooks', () => {
  it('When events were stored, then they are worked on in their order, without a job', async () => {
    const { inbox, jobs, handled } = startInbox()
    inbox.stored(await store('one', 'two'))
    inbox.stored(await store('three'))
    await inbox.drain()
    expect(handled).toEqual(['one', 'two', 'three'])
    expect(await openKeys()).toEqual([])
    now += 60_000
    await using other = startInbox()
    await other.inbox.start()
    expect([...jobs, ...other.jobs]).toEqual([])
  })

  it('When events are worked on, then as background work of the request that brought them, with little time', async () => {
    const contexts: (RequestContext | undefined)[] = []
    await using running = startInbox((events) => {
      contexts.push(currentContext())
      return allDone(events)
    })
    const events = await store('one')
    const before = performance.now()
    runWithContext({ requestId: 'request-7', deadlineAt: before + 25_000, priority: 'person' }, () =>
      running.inbox.stored(events),
    )
    await running.inbox.drain()
    expect(contexts).toMatchObject([{ requestId: 'request-7', priority: 'background' }])
    expect(contexts[0]?.deadlineAt).toBeLessThanOrEqual(performance.now() + 5_000)
  })

  it('When work on one takes its time, then it is given to a job at once, and the others do not wait for it', async () => {
    await using running = startInbox()
    const events = await store('one', 'slow', 'two')
    running.inbox.stored(events)
    await expect
      .poll(() => running.jobs)
      .toEqual([{ eventIds: [events[1]?.id], locationId: 'here', companyId: null, startAfterSeconds: 0 }])
    await running.inbox.drain()
    expect(running.handled).toEqual(['one', 'two'])
    expect(await openKeys()).toEqual(['slow'])
  })

  it('When one of several fails, then that one is given to a job, once, and the others are done', async () => {
    await using running = startInbox(async (events) => ({
      done: idsOf(events.filter(({ dedupeKey }) => dedupeKey !== 'bad')),
      failures: [new Error('not now')],
    }))
    const events = await store('good', 'bad', 'fine')
    running.inbox.stored(events)
    await running.inbox.drain()
    const bad = events.filter(({ dedupeKey }) => dedupeKey === 'bad')
    const job = { eventIds: idsOf(bad), locationId: 'here', companyId: null, startAfterSeconds: 2 }
    expect(running.jobs).toEqual([job])
    expect(await openKeys()).toEqual(['bad'])

    now += 60_000
    await using other = startInbox()
    await other.inbox.start()
    await repository.queueOpen(idsOf(bad), new Date(now), async () => expect.fail('queued twice'))
    expect(other.jobs).toEqual([])
  })

  it('When events waited too long for their turn, then they are left to whoever looks', async () => {
    const { promise: letGo, resolve } = Promise.withResolvers<void>()
    await using running = startInbox(async (events) => {
      await letGo
      return allDone(events)
    })
    const [first, second] = [await store('running'), await store('waiting')]
    vi.useFakeTimers({ toFake: ['performance'] })
    running.inbox.stored(first)
    running.inbox.stored(second)
    vi.advanceTimersByTime(5_000)
    resolve()
    await running.inbox.drain()
    expect(running.handled).toEqual(['running'])
    expect(await openKeys()).toEqual(['waiting'])
  })
})

describe('webhooks that are left', () => {
  it('When work on them breaks off, then they stay open, and whoever looks later gives them to a job', async () => {
    await using running = startInbox(() => Promise.reject(new Error('broken off')))
    const events = await store('one', 'two')
    running.inbox.stored(events)
    await running.inbox.drain()
    expect(running.jobs).toEqual([])
    expect(await openKeys()).toEqual(['one', 'two'])

    now += 10_001
    await using other = startInbox()
    await other.inbox.start()
    expect(other.queuedIds()).toEqual(idsOf(events))
  })

  it('When some are as young as what others work on, then only the older ones are given to jobs', async () => {
    const old = await store('old')
    now += 1
    await store('young')
    now += 10_000
    await using running = startInbox()
    await running.inbox.start()
    expect(running.queuedIds()).toEqual(idsOf(old))
  })

  it('When they are of several owners, then each has a job of its own, in the order in which they came', async () => {
    const left = await store('one', 'there-1', 'two', 'there-2')
    now += 20_000
    await using running = startInbox()
    await running.inbox.start()
    const of = (location: string) => idsOf(left.filter(({ locationId }) => locationId === location))
    expect(running.jobs).toMatchObject([
      { eventIds: of('here'), locationId: 'here' },
      { eventIds: of('there'), locationId: 'there' },
    ])
  })

  it('When another process gives some of them to jobs just then, then the rest is given without waiting', async () => {
    const [held, free] = await store('held', 'free')
    now += 20_000
    const other = await database.pool.connect()
    await other.query('begin')
    await other.query('select 1 from webhook_events where id = $1 for update', [held?.id])
    await using running = startInbox()
    await running.inbox.start()
    expect(running.queuedIds()).toEqual([free?.id])
    await other.query('rollback')
    other.release()
  })

  it('When hundreds are left, then no job has more than it can do', async () => {
    const left = await store(...Array.from({ length: 450 }, (_, place) => `left-${place}`))
    now += 20_000
    await using running = startInbox()
    await running.inbox.start()
    expect(running.jobs.map(({ eventIds }) => eventIds.length)).toEqual([200, 200, 50])
    expect(running.jobs.flatMap(({ eventIds }) => eventIds)).toEqual(idsOf(left))
    expect(await repository.waiting()).toEqual({ count: 0, oldestAt: null })
  })

  it('When time passes, then they are looked for again and again, until the process stops', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { inbox, queuedIds } = startInbox()
    await inbox.start()
    const [first] = await store('first')
    now += 20_000
    vi.advanceTimersByTime(5_000)
    await expect.poll(queuedIds).toEqual([first?.id])
    const [second] = await store('second')
    now += 20_000
    vi.advanceTimersByTime(5_000)
    await expect.poll(queuedIds).toEqual([first?.id, second?.id])
    await inbox.drain()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('When some wait, then it can be told how many and since when', async () => {
    await store('first')
    now += 1_000
    await store('second')
    expect(await repository.waiting()).toEqual({ count: 2, oldestAt: new Date(startedAt) })
  })
})

describe('a stop', () => {
  it('When the process is told to stop, then what waits, and what requests under way still bring, is worked on', async () => {
    const { promise: letGo, resolve } = Promise.withResolvers<void>()
    const { inbox, handled } = startInbox(async (events) => {
      await letGo
      return allDone(events)
    })
    inbox.stored(await store('running'))
    inbox.stored(await store('waiting'))
    const drained = inbox.drain()
    resolve()
    await drained
    inbox.stored(await store('late'))
    await inbox.close()
    expect(handled).toEqual(['running', 'waiting', 'late'])
    expect(await openKeys()).toEqual([])

    inbox.stored(await store('too late'))
    expect(handled).not.toContain('too late')
  })

  it('When what it works on hangs, then the stop ends all the same, and the event is left', async () => {
    const { inbox } = startInbox(() => Promise.withResolvers<HandledEvents>().promise)
    inbox.stored(await store('hanging'))
    await inbox.drain(20)
    await inbox.close()
    expect(await openKeys()).toEqual(['hanging'])
  })
})
