import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCircuitBreaker } from '../../server/highlevel/circuit-breaker.ts'
import type { AttemptOutcome } from '../../server/highlevel/retry-policy.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const answered = (status: number): AttemptOutcome => ({ kind: 'answered', status })
const notSent: AttemptOutcome = { kind: 'not_sent' }
const lost: AttemptOutcome = { kind: 'lost' }

function start() {
  const breaker = createCircuitBreaker({ now: Date.now })
  const call = (outcome: AttemptOutcome, owner = 'a') => breaker.run(owner, async () => ({ outcome }))
  /** As many calls as a short outage makes fail, over some seconds. */
  const fail = async (times: number, outcome: AttemptOutcome, owner = 'a') => {
    for (let nth = 0; nth < times && breaker.refusedForMs() === undefined; nth += 1) {
      await call(outcome, owner)
      vi.advanceTimersByTime(400)
    }
  }
  return { breaker, call, fail }
}

describe('circuit breaker', () => {
  it.each([notSent, lost, answered(502), answered(503), answered(504)])(
    'When call after call fails for seconds (%o), then the next are refused at once',
    async (outcome) => {
      const { breaker, fail } = start()
      await fail(20, outcome)
      expect(breaker.refusedForMs()).toBeGreaterThan(0)
    },
  )

  it.each([400, 401, 404, 422, 429, 500])(
    'When the platform itself refuses or fails with %i, then that is no outage',
    async (status) => {
      const { breaker, fail } = start()
      await fail(60, answered(status))
      expect(breaker.refusedForMs()).toBeUndefined()
    },
  )

  it('When some calls fail in passing, then nothing is refused', async () => {
    const { breaker, call, fail } = start()
    for (let round = 0; round < 10; round += 1) {
      await fail(9, answered(503))
      await call(answered(200))
    }
    expect(breaker.refusedForMs()).toBeUndefined()
  })

  it('When many calls fail at the same moment, then that alone is no outage', async () => {
    const { breaker, call } = start()
    await Promise.all(Array.from({ length: 100 }, () => call(lost)))
    expect(breaker.refusedForMs()).toBeUndefined()
  })

  it('When one location alone fails while another succeeds, then nobody is refused', async () => {
    const { breaker, call, fail } = start()
    for (let round = 0; round < 20; round += 1) {
      await call(answered(200), 'b')
      await fail(5, answered(503), 'a')
    }
    expect(breaker.refusedForMs()).toBeUndefined()
  })

  it('When calls are slow to fail, then few of them suffice', async () => {
    const { breaker, call } = start()
    for (let nth = 0; nth < 6; nth += 1) {
      await call(lost)
      vi.advanceTimersByTime(4_000)
    }
    await call(lost)
    expect(breaker.refusedForMs()).toBeGreaterThan(0)
  })

  it('When the wall clock is set back while it is open, then the call that finds out is still made', async () => {
    let elapsedMs = 0
    const breaker = createCircuitBreaker({ now: () => elapsedMs })
    const call = (outcome: AttemptOutcome) => breaker.run('a', async () => ({ outcome }))
    while (breaker.refusedForMs() === undefined) {
      await call(notSent)
      elapsedMs += 400
    }
    vi.setSystemTime(Date.now() - 3_600_000)
    elapsedMs += breaker.refusedForMs() ?? 0
    await expect(call(answered(200))).resolves.toMatchObject({ outcome: answered(200) })
    expect(breaker.refusedForMs()).toBeUndefined()
  })

  it('When it is open, then one call at a time finds out whether the platform is back', async () => {
    const { breaker, call, fail } = start()
    await fail(20, notSent)
    vi.advanceTimersByTime(breaker.refusedForMs() ?? 0)
    expect(breaker.refusedForMs()).toBeUndefined()
    const { promise, resolve } = Promise.withResolvers<{ outcome: AttemptOutcome }>()
    const probe = breaker.run('a', () => promise)
    expect(breaker.refusedForMs()).toBeGreaterThan(0)
    resolve({ outcome: notSent })
    await probe
    expect(breaker.refusedForMs()).toBeGreaterThan(0)

    vi.advanceTimersByTime(breaker.refusedForMs() ?? 0)
    await call(answered(200))
    expect(breaker.refusedForMs()).toBeUndefined()
    await Promise.all([call(answered(200)), call(answered(200))])
  })
})
