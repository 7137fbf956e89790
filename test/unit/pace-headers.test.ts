import { describe, expect, it } from 'vitest'
import { paceNewsOf } from '../../server/highlevel/pace-headers.ts'
import { retryAfterMs } from '../../server/retry-after.ts'

describe('pace headers', () => {
  it('When an answer names its limits, then they are read', () => {
    const headers = {
      'x-ratelimit-max': '100',
      'x-ratelimit-interval-milliseconds': '10000',
      'x-ratelimit-limit-daily': '200000',
      'x-ratelimit-daily-remaining': '0',
    }
    expect(paceNewsOf(headers)).toEqual({ max: 100, intervalMs: 10_000, dayLimit: 200_000, dayRemaining: 0 })
  })

  it.each(['', 'many', '-1', '1.5', '0', undefined])(
    'When a limit is no whole number above 0 (%s), then it counts as absent',
    (text) => {
      expect(paceNewsOf({ 'x-ratelimit-max': text })).toEqual({})
    },
  )

  it.each([
    ['3', 3_000],
    ['0', 0],
    ['Thu, 01 Jan 1970 00:00:07 GMT', 5_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('When Retry-After is "%s", then that is %s ms from now', (text, expected) => {
    expect(retryAfterMs({ 'retry-after': text }, 2_000)).toBe(expected)
  })
})
