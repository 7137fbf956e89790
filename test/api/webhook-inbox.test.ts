import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { type Database, openDatabase } from '../../server/storage/database.ts'
import {
  createWebhookInbox,
  type HandledEvents,
  type QueuedEvents,
} from '../../server/webhooks/webhook-inbox.ts'
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
  await database.pool.query('delete from webhook_events')
})

async function store(...keys: string[]): Promise<WebhookEvent[]> {
  const stored = await repository.storeAll(
    keys.map((dedupeKey) => ({
      dedupeKey,
      type: 'ContactUpdate',
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
  const jobs: QueuedEvents[] = []
  const handled: string[] = []
  const inbox = createWebhookInbox({
    repository,
    handle: (events) => {
      handled.push(...events.map(({ dedupeKey }) => dedupeKey))
      return handle(events)
    },
    queueJobs: async (queued) => void jobs.push(...queued),
    logger: createLogger('silent'),
    now: () => now,
  })
  return { inbox, jobs, handled, [Symbol.asyncDispose]: () => inbox.drain() }
}

async function openKeys(): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    'select dedupe_key as key from webhook_events where processed_at is null order by key',
  )
  return rows.map(({ key }) => key)
}

describe('the inbox of webhooks', () => {
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

  it('When one of several fails, then that one is given to a job, once, and the others are done', async () => {
    const { inbox, jobs } = startInbox(async (events) => ({
      done: idsOf(events.filter(({ dedupeKey }) => dedupeKey !== 'bad')),
      failures: [new Error('not now')],
    }))
    const events = await store('good', 'bad', 'fine')
    inbox.stored(events)
    await inbox.drain()
    const failed = events.find(({ dedupeKey }) => dedupeKey === 'bad')
    expect(jobs).toEqual([{ eventIds: [failed?.id], locationId: 'here', companyId: null }])
    expect(await openKeys()).toEqual(['bad'])

    now += 60_000
    await using other = startInbox()
    await other.inbox.start()
    expect(other.jobs).toEqual([])
  })

  it('When work on them breaks off, then they are left, and whoever looks gives them to jobs', async () => {
    const { inbox, jobs } = startInbox(() => Promise.reject(new Error('broken off')))
    inbox.stored(await store('one', 'two'))
    await inbox.drain()
    expect(jobs).toEqual([])
    expect(await openKeys()).toEqual(['one', 'two'])

    now += 11_000
    await using other = startInbox()
    await other.inbox.start()
    expect(other.jobs.flatMap(({ eventIds }) => eventIds)).toHaveLength(2)
  })

  it('When a process left some and two look at once, then each gets one job, by its owner', async () => {
    const left = await store('one', 'there-1', 'two', 'there-2')
    now += 11_000
    const [young] = await store('young')
    await using first = startInbox()
    await using second = startInbox()
    await Promise.all([first.inbox.start(), second.inbox.start()])
    const jobs = [...first.jobs, ...second.jobs]
    expect(jobs.flatMap(({ eventIds }) => eventIds).toSorted()).toEqual(idsOf(left).toSorted())
    for (const { eventIds, locationId } of jobs) {
      const owned = left.filter((event) => event.locationId === locationId)
      expect(idsOf(owned)).toEqual(expect.arrayContaining(eventIds))
    }
    expect(await openKeys()).toContain(young?.dedupeKey)
  })

  it('When the process is told to stop, then what it works on is done and it begins nothing new', async () => {
    const { promise: letGo, resolve } = Promise.withResolvers<void>()
    const { inbox, handled } = startInbox(async (events) => {
      await letGo
      return allDone(events)
    })
    inbox.stored(await store('running'))
    const drained = inbox.drain()
    resolve()
    await drained
    inbox.stored(await store('late'))
    expect(handled).toEqual(['running'])
    expect(await openKeys()).toEqual(['late'])
  })

  it('When what it works on does not end in time, then the stop says so and the event is left', async () => {
    const { inbox } = startInbox(() => Promise.withResolvers<HandledEvents>().promise)
    inbox.stored(await store('hanging'))
    await expect(inbox.drain(20)).rejects.toThrow('in time')
    expect(await openKeys()).toEqual(['hanging'])
  })

  it('When hundreds are left, then no job has more than it can do', async () => {
    await store(...Array.from({ length: 450 }, (_, place) => `left-${place}`))
    now += 11_000
    await using other = startInbox()
    await other.inbox.start()
    expect(other.jobs.map(({ eventIds }) => eventIds.length)).toEqual([200, 200, 50])
    expect(await repository.waiting()).toEqual({ count: 0, oldestAt: null })
  })

  it('When some wait, then it can be told how many and since when', async () => {
    await store('first')
    now += 1_000
    await store('second')
    expect(await repository.waiting()).toEqual({ count: 2, oldestAt: new Date(startedAt) })
  })
})
