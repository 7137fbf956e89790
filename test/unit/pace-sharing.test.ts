import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPaceMemory } from '../../server/highlevel/pace-memory.ts'
import type { PaceStore } from '../../server/highlevel/pace-sync.ts'
import { createRequestPacer, type Priority } from '../../server/highlevel/request-pacer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const windowMs = 10_000
const callMs = 40

/** Processes that agree over one store; the times at which their calls reach the platform. */
function startProcesses(count: number) {
  const common = createPaceMemory({ now: Date.now })
  const arrivals: { at: number; by: string }[] = []
  const processes = Array.from({ length: count }, () => startProcess(common, arrivals))
  const countOf = (by: string) => arrivals.filter((arrival) => arrival.by === by).length
  /** The most that any window of the platform saw. */
  const busiest = () =>
    Math.max(
      ...arrivals.map(
        ({ at }) => arrivals.filter((other) => other.at <= at && other.at > at - windowMs).length,
      ),
    )
  return { processes, arrivals, countOf, busiest }
}

function startProcess(common: PaceStore, arrivals: { at: number; by: string }[]) {
  let isAway = false
  const store: PaceStore = {
    settle: (...report) => (isAway ? Promise.reject(new Error('no database')) : common.settle(...report)),
  }
  const pacer = createRequestPacer({ now: Date.now, store })
  /** One call, which the platform counts at once and answers some time later. */
  async function call(by: string, priority: Priority = 'background', maxWaitMs = Infinity): Promise<void> {
    const complete = await pacer.acquire('a', maxWaitMs, priority)
    arrivals.push({ at: Date.now(), by })
    setTimeout(complete, callMs)
  }
  return {
    pacer,
    call,
    run: (by: string, calls: number, priority: Priority = 'background') =>
      void Promise.allSettled(Array.from({ length: calls }, () => call(by, priority))),
    /** Its database is away, or the process itself. */
    cutOff: () => (isAway = true),
    reconnect: () => (isAway = false),
  }
}

function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('there is none')
  return first
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
/** Calls start a few in each turn of the event loop, which is a millisecond of this clock. */
const startAll = () => pass(40)

describe('pace shared by processes', () => {
  it('When one process works in the background, then it uses 95 of 100 slots and leaves 5', async () => {
    const { processes, countOf, busiest } = startProcesses(1)
    processes[0]?.run('work', 1_000)
    await startAll()
    expect(countOf('work')).toBe(95)
    await pass(5 * (windowMs + callMs) + 200)
    expect(countOf('work')).toBe(6 * 95)
    expect(busiest()).toBe(95)
  })

  it('When two processes work in the background, then together they use what one may', async () => {
    const { processes, arrivals, busiest, countOf } = startProcesses(2)
    processes[0]?.run('first', 1_000)
    processes[1]?.run('second', 1_000)
    await pass(10 * (windowMs + callMs))
    expect(busiest()).toBeLessThanOrEqual(100)
    expect(arrivals.length).toBeGreaterThanOrEqual(10 * 95)
    expect(countOf('second')).toBeGreaterThan(9 * 45)
  })

  it('When one process holds all that background work may have, then a person on another is served at once', async () => {
    const { processes, countOf, busiest } = startProcesses(2)
    processes[0]?.run('work', 1_000)
    await pass(3_000)
    for (let nth = 0; nth < 5; nth += 1) {
      processes[1]?.run('person', 1, 'person')
      await pass(0)
      expect(countOf('person')).toBe(nth + 1)
    }
    await pass(3 * windowMs)
    expect(busiest()).toBeLessThanOrEqual(100)
  })

  it('When people on another process need more, then background work makes room', async () => {
    const { processes, countOf, busiest } = startProcesses(2)
    processes[0]?.run('work', 2_000)
    await pass(1_000)
    processes[1]?.run('person', 60, 'person')
    await pass(windowMs + 500)
    expect(countOf('person')).toBe(60)
    await pass(2 * windowMs)
    expect(busiest()).toBeLessThanOrEqual(100)
  })

  it('When a person calls while background work waits in the same process, then the person goes first', async () => {
    const { processes, arrivals } = startProcesses(1)
    processes[0]?.run('work', 300)
    processes[0]?.run('person', 8, 'person')
    await pass(windowMs + callMs)
    const lastOfPerson = arrivals.findLastIndex(({ by }) => by === 'person')
    expect(arrivals.slice(0, lastOfPerson).filter(({ by }) => by === 'work').length).toBeLessThanOrEqual(95)
  })

  it('When people on two processes want everything, then each gets about half', async () => {
    const { processes, arrivals, countOf, busiest } = startProcesses(2)
    processes[0]?.run('first', 500, 'person')
    processes[1]?.run('second', 500, 'person')
    await pass(9 * (windowMs + callMs) + 400)
    expect(busiest()).toBeLessThanOrEqual(100)
    expect(arrivals.length).toBe(1_000)
    expect(countOf('second')).toBe(500)
  })

  it('When a process dies, then its slots come back once its last calls can no longer count', async () => {
    const { processes, countOf, busiest } = startProcesses(2)
    processes[0]?.run('first', 95)
    await pass(1_000)
    processes[0]?.cutOff()
    processes[1]?.run('second', 95)
    await pass(12_000)
    expect(countOf('second')).toBe(0)
    await pass(6_000)
    expect(countOf('second')).toBe(95)
    expect(busiest()).toBeLessThanOrEqual(100)
  })

  it('When a process stops in good order, then its slots come back one window later', async () => {
    const { processes, countOf, busiest } = startProcesses(2)
    processes[0]?.run('first', 95)
    await pass(1_000)
    await processes[0]?.pacer.close()
    processes[1]?.run('second', 95)
    await pass(windowMs + 200)
    expect(countOf('second')).toBe(95)
    expect(busiest()).toBeLessThanOrEqual(100)
  })

  it('When the common store is away for a moment, then a process goes on with the slots it has', async () => {
    const { processes, countOf } = startProcesses(1)
    processes[0]?.run('before', 50)
    await pass(1_000)
    processes[0]?.cutOff()
    processes[0]?.run('meanwhile', 20)
    await startAll()
    expect(countOf('meanwhile')).toBe(20)
  })

  it('When the common store stays away, then a process keeps to a small part of the limit until it is back', async () => {
    const { processes, countOf } = startProcesses(1)
    processes[0]?.cutOff()
    processes[0]?.run('work', 200)
    await pass(windowMs - 1)
    expect(countOf('work')).toBe(10)
    processes[0]?.reconnect()
    await pass(1_000)
    expect(countOf('work')).toBeGreaterThan(80)
  })

  it('When one process is refused for pace, then the others pause as well', async () => {
    const { processes, countOf } = startProcesses(2)
    processes[1]?.run('before', 1, 'person')
    await pass(1_500)
    processes[0]?.pacer.pause('a', 5_000)
    await pass(1_500)
    processes[1]?.run('person', 1, 'person')
    await pass(3_000)
    expect(countOf('person')).toBe(0)
    await pass(1_000)
    expect(countOf('person')).toBe(1)
  })

  it('When the day is nearly used up, then background work stops and people go on until it is over', async () => {
    const { processes } = startProcesses(1)
    const { pacer, call } = firstOf(processes)
    pacer.learn('a', { dayLimit: 1_000, dayRemaining: 49 })
    await expect(call('work')).rejects.toMatchObject({ code: 'rate_limited' })
    await call('person', 'person')
    pacer.learn('a', { dayLimit: 1_000, dayRemaining: 0 })
    await expect(call('person', 'person')).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('When the day was used up some time ago, then a call finds out whether a new one has begun', async () => {
    const { processes } = startProcesses(1)
    const { pacer, call } = firstOf(processes)
    pacer.learn('a', { dayLimit: 1_000, dayRemaining: 0 })
    const refusal: unknown = await call('work').catch((error: unknown) => error)
    await pass(Number(Reflect.get(Object(refusal), 'retryAfterMs')))
    await expect(call('work')).resolves.toBeUndefined()
  })

  it('When more wait than the callers have time for, then the last are told at once', async () => {
    const { processes } = startProcesses(1)
    const { call } = firstOf(processes)
    const settled = await Promise.race([
      Promise.allSettled(Array.from({ length: 500 }, () => call('person', 'person', 25_000))).then(
        () => 'all',
      ),
      pass(25_000).then(() => 'time'),
    ])
    expect(settled).toBe('all')
  })
})
