import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPaceMemory } from '../../server/highlevel/pace-memory.ts'
import type { PaceStore } from '../../server/highlevel/pace-sync.ts'
import { createRequestPacer } from '../../server/highlevel/request-pacer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A process, and how many keys each of its reports was about; the store can be made to hang. */
function startProcess() {
  const books = createPaceMemory({ now: Date.now })
  const sizes: number[] = []
  let hanging: Promise<void> | undefined
  let running = 0
  let mostAtOnce = 0
  const store: PaceStore = {
    async settle(...report) {
      sizes.push(report[1].length)
      running += 1
      mostAtOnce = Math.max(mostAtOnce, running)
      await hanging
      await new Promise((resolve) => void setImmediate(resolve))
      running -= 1
      return books.settle(...report)
    },
  }
  const pacer = createRequestPacer({ now: Date.now, store })
  const call = async (key: string) => (await pacer.acquire(key, Infinity, 'person'))()
  return {
    pacer,
    call,
    sizes,
    mostAtOnce: () => mostAtOnce,
    hang(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      hanging = promise
      return () => {
        hanging = undefined
        resolve()
      }
    },
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const restingMs = 45_000

describe('reports of the pace', () => {
  it('When nobody calls for a location any more, then it is not reported again, and its day is still known', async () => {
    const { pacer, call, sizes } = startProcess()
    const called = call('a')
    await pass(100)
    await called
    pacer.learn('a', { dayLimit: 1_000, dayRemaining: 0 })
    await pass(restingMs)
    const before = sizes.length
    await pass(60_000)
    expect(sizes.length).toBe(before)
    await expect(call('a')).rejects.toMatchObject({ code: 'rate_limited' })
    expect(pacer.budget()).toMatchObject({ dayRemaining: 0 })
  })

  it('When a location pauses for long, then that is not reported again and again', async () => {
    const { pacer, sizes } = startProcess()
    pacer.pause('a', 3_600_000)
    await pass(restingMs)
    const before = sizes.length
    await pass(3_500_000)
    expect(sizes.length).toBe(before)
    expect(pacer.expectedWaitMs('a', 'person')).toBeGreaterThan(0)
  })

  it('When very many locations call at once, then each report is about some of them, and all are served', async () => {
    const { call, sizes } = startProcess()
    const calls = Promise.all(Array.from({ length: 1_800 }, (_, nth) => call(`location-${nth}`)))
    await pass(500)
    await calls
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
    await pass(20_000)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
  })

  it('When the store hangs for longer than a report waits, then what was given up does not overtake what follows', async () => {
    const { call, mostAtOnce, hang, sizes } = startProcess()
    const release = hang()
    const called = call('a')
    await pass(4_000)
    release()
    await pass(1_000)
    await called
    expect(mostAtOnce()).toBe(1)
    expect(sizes.length).toBeGreaterThan(1)
  })
})
