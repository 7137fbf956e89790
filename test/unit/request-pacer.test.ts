import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../server/errors.ts'
import { createRequestPacer, type Priority } from '../../server/highlevel/request-pacer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const startPacer = (max = 2, intervalMs = 1_000) => {
  const pacer = createRequestPacer({ now: Date.now })
  pacer.learn('a', { max, intervalMs })
  const started: string[] = []
  const call = (name: string, key = 'a', maxWaitMs = Infinity, priority: Priority = 'person') =>
    pacer.acquire(key, maxWaitMs, priority).then((release) => {
      started.push(name)
      return release
    })
  return { pacer, started, call }
}

const codeOf = async (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => Promise.reject(new Error('it was let through')),
    (error: unknown) => (error instanceof AppError ? error : Promise.reject(error as Error)),
  )

describe('request pacer', () => {
  it('When nothing is known of the limit, then 100 calls start and the next waits', async () => {
    const pacer = createRequestPacer({ now: Date.now })
    const releases = await Promise.all(
      Array.from({ length: 100 }, () => pacer.acquire('a', Infinity, 'person')),
    )
    let isStarted = false
    const next = pacer.acquire('a', Infinity, 'person').then(() => (isStarted = true))
    for (const release of releases) release()
    await vi.advanceTimersByTimeAsync(9_999)
    expect(isStarted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await next
    expect(isStarted).toBe(true)
  })

  it('When a call completes late, then its slot is free one window after its completion', async () => {
    const { started, call } = startPacer(1)
    const release = await call('first')
    void call('second')
    await vi.advanceTimersByTimeAsync(5_000)
    release()
    await vi.advanceTimersByTimeAsync(999)
    expect(started).toEqual(['first'])
    await vi.advanceTimersByTimeAsync(1)
    expect(started).toEqual(['first', 'second'])
  })

  it('When several wait, then they start in the order in which they came', async () => {
    const { started, call } = startPacer(1)
    const release = await call('first')
    const callShortly = async (name: string) => (await call(name))()
    const others = ['second', 'third', 'fourth'].map(callShortly)
    release()
    await vi.advanceTimersByTimeAsync(3_000)
    await Promise.all(others)
    expect(started).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('When one location is full, then another is not held back', async () => {
    const { started, call } = startPacer(1)
    await call('first')
    void call('second')
    await call('other', 'b')
    expect(started).toEqual(['first', 'other'])
  })

  it('When the wait is longer than the caller has time, then it fails at once and says when to come back', async () => {
    const { call } = startPacer(1)
    const release = await call('first')
    release()
    const error = await codeOf(call('second', 'a', 500))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 1_000 })
  })

  it('When the time of a waiting caller runs out, then it leaves the line', async () => {
    const { started, call } = startPacer(1)
    const release = await call('first')
    const late = codeOf(call('late', 'a', 1_500))
    void call('patient')
    await vi.advanceTimersByTimeAsync(1_500)
    expect(await late).toMatchObject({ code: 'rate_limited' })
    release()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(started).toEqual(['first', 'patient'])
  })

  it('When the platform refuses for pace, then nothing starts until the pause is over', async () => {
    const { pacer, started, call } = startPacer(10)
    pacer.pause('a', 3_000)
    void call('first')
    await vi.advanceTimersByTimeAsync(2_999)
    expect(started).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(started).toEqual(['first'])
  })

  it('When the platform names a larger limit, then those who wait start', async () => {
    const { pacer, started, call } = startPacer(1)
    await call('first')
    void call('second')
    pacer.learn('a', { max: 5 })
    await vi.advanceTimersByTimeAsync(0)
    expect(started).toEqual(['first', 'second'])
  })

  it('When 30 calls of 100 ms each go through 10 slots, then no window of the platform sees more than 10', async () => {
    const { call } = startPacer(10)
    const arrivals: number[] = []
    const all = Array.from({ length: 30 }, async () => {
      const release = await call('call')
      arrivals.push(Date.now())
      setTimeout(release, 100)
    })
    await vi.advanceTimersByTimeAsync(10_000)
    await Promise.all(all)
    const busiest = Math.max(
      ...arrivals.map((at) => arrivals.filter((other) => other >= at && other < at + 1_000).length),
    )
    expect(busiest).toBe(10)
  })
})
