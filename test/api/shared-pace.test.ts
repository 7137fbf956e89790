import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql, type SQL } from 'drizzle-orm'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PaceReport } from '../../server/highlevel/pace-book.ts'
import { createPaceRepository } from '../../server/highlevel/pace-repository.ts'
import { createPlatformHttp } from '../../server/highlevel/platform-http.ts'
import { createLogger } from '../../server/logger.ts'
import { runWithContext } from '../../server/request-context.ts'
import { type Db, openDatabase, type Transaction } from '../../server/storage/database.ts'
import { createTestDatabase } from '../support/test-database.ts'

type Arrival = { at: number; key: string; refused: boolean; by: string }

/** Counts like the platform: over the last window, per location. */
async function startUpstream({ max, intervalMs }: { max: number; intervalMs: number }) {
  const arrivals: Arrival[] = []
  const server = createServer((request, response) => {
    const at = performance.now()
    const key = request.headers.authorization ?? ''
    const recent = arrivals.filter(
      (other) => other.key === key && !other.refused && other.at > at - intervalMs,
    )
    const refused = recent.length >= max
    arrivals.push({ at, key, refused, by: request.url ?? '' })
    response.writeHead(refused ? 429 : 200, {
      'content-type': 'application/json',
      'x-ratelimit-max': String(max),
      'x-ratelimit-interval-milliseconds': String(intervalMs),
    })
    response.end('{}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  /** The most calls that any window saw. */
  const busiest = () =>
    Math.max(
      ...arrivals.map(
        ({ at }) => arrivals.filter((other) => other.at <= at && other.at > at - intervalMs).length,
      ),
    )
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    refusals: () => arrivals.filter(({ refused }) => refused).length,
    busiest,
  }
}

async function startProcesses(count: number, limit: { max: number; intervalMs: number }) {
  const upstream = await startUpstream(limit)
  const testDatabase = await createTestDatabase()
  onTestFinished(() => testDatabase.drop())
  const processes = await Promise.all(
    Array.from({ length: count }, () => startProcess(upstream.baseUrl, testDatabase.url)),
  )
  return { upstream, processes }
}

async function startProcess(baseUrl: string, databaseUrl: string) {
  const database = await openDatabase({ databaseUrl, dataDir: '', logger: createLogger('silent') })
  const failures: unknown[] = []
  const http = createPlatformHttp({
    baseUrl,
    paceStore: createPaceRepository(database),
    onPaceStoreFailure: (error) => failures.push(error),
  })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await http.close()
    await database.close()
  }
  onTestFinished(close)
  const call = (priority: 'person' | 'background', path: string, location = 'main') =>
    runWithContext({ requestId: 'r', deadlineAt: Infinity, priority }, () =>
      http.exchange({ method: 'POST', path, effect: 'write', body: {}, token: location, paceKey: location }),
    )
  const run = (calls: number, path = '/work') =>
    Promise.all(Array.from({ length: calls }, () => call('background', path)))
  return { call, run, failures, close, database }
}

/** As a process sees it that stops for ever between reading the book and writing it. */
function freezing(db: Db): Db {
  const never = new Promise<never>(() => undefined)
  return Object.assign(Object.create(db) as Db, {
    transaction: (work: (tx: Transaction) => Promise<unknown>) =>
      db.transaction((tx) => {
        let isRead = false
        const execute = async (query: SQL) => {
          if (isRead) return never
          const result = await tx.execute(query)
          isRead = result.rows.some((row) => 'book' in row)
          return result
        }
        return work(Object.assign(Object.create(tx) as Transaction, { execute }))
      }),
  })
}

const reportOf = (key: string): PaceReport => ({
  key,
  holds: { all: 0, background: 0 },
  inUse: { person: 0, background: 0 },
  waiting: { person: 1, background: 0 },
  headroom: 1,
  learnt: undefined,
  pauseMs: 0,
})

async function idleInTransaction(db: Db): Promise<number> {
  const { rows } = await db.execute(sql`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction'
      and state_change < clock_timestamp() - interval '100 ms'`)
  return Number(rows[0]?.['n'])
}

const limit = { max: 100, intervalMs: 1_000 }

/** Processes that know the limit, as any does that has had an answer. */
async function startTwo() {
  const { upstream, processes } = await startProcesses(2, limit)
  const [first, second] = processes
  if (!first || !second) throw new Error('two processes were asked for')
  await first.call('person', '/first')
  return { upstream, first, second }
}

describe('pace over several processes', () => {
  it('When two processes work in the background at once, then they use the limit together and never more', async () => {
    const { upstream, first, second } = await startTwo()
    await Promise.all([first.run(160), second.run(160)])
    expect(upstream.refusals()).toBe(0)
    expect(upstream.busiest()).toBeGreaterThanOrEqual(95)
    expect(upstream.busiest()).toBeLessThanOrEqual(100)
    expect([...first.failures, ...second.failures]).toEqual([])
  })

  it('When one process works at full, then a person on the other is served before its next call', async () => {
    const { upstream, first, second } = await startTwo()
    const work = first.run(150)
    await expect.poll(() => upstream.arrivals.length).toBeGreaterThan(90)
    for (const path of ['/person-1', '/person-2', '/person-3']) await second.call('person', path)
    const served = upstream.arrivals.findIndex(({ by }) => by === '/person-3')
    expect(served).toBeLessThan(100)
    await work
    expect(upstream.refusals()).toBe(0)
  })

  it('When a process stops, then another may use its slots one window later and not before', async () => {
    const { upstream, first, second } = await startTwo()
    await first.run(90)
    await first.close()
    await second.run(90)
    expect(upstream.refusals()).toBe(0)
    expect(upstream.busiest()).toBeLessThanOrEqual(100)
  })

  it('When somebody holds the book of one location, then the others are served and it is again once that ends', async () => {
    const { first } = await startTwo()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: isHeld, resolve: held } = Promise.withResolvers<void>()
    const holder = first.database.db.transaction(async (tx) => {
      await tx.execute(sql`select * from pace_books where owner_key = 'main' for update`)
      held()
      await released
    })
    await isHeld
    const stuck = first.run(60)
    await first.call('person', '/other', 'other')
    release()
    await Promise.all([holder, stuck])
    expect(first.failures).toEqual([])
  })

  it('When a process freezes while it holds a book, then it loses that soon', async () => {
    const { first, second } = await startTwo()
    const frozen = createPaceRepository({ db: freezing(first.database.db) })
    void frozen.settle('frozen', [reportOf('main')], 5_000)
    await expect.poll(() => idleInTransaction(second.database.db)).toBe(1)
    await expect.poll(() => idleInTransaction(second.database.db), { timeout: 5_000 }).toBe(0)
    await second.run(30)
    expect(second.failures).toEqual([])
  })

  it('When the database goes away, then calls go on with what the process has', async () => {
    const { upstream, first } = await startTwo()
    await first.run(40)
    await first.database.close()
    await first.run(30)
    await expect.poll(() => first.failures.length).toBe(1)
    expect(upstream.arrivals.length).toBe(71)
    expect(upstream.refusals()).toBe(0)
  })
})
