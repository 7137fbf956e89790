import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPaceRepository } from '../../server/highlevel/pace-repository.ts'
import { createPlatformHttp } from '../../server/highlevel/platform-http.ts'
import { createLogger } from '../../server/logger.ts'
import { runWithContext } from '../../server/request-context.ts'
import { openDatabase } from '../../server/storage/database.ts'
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
