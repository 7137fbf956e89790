import { describe, expect, it } from 'vitest'
import { retryDelayMs, type RetryQuestion } from '../../server/highlevel/retry-policy.ts'

const ask = (question: Partial<RetryQuestion>): number | undefined =>
  retryDelayMs({
    effect: 'read',
    outcome: { kind: 'answered', status: 503 },
    attempts: 1,
    remainingMs: 20_000,
    retryAfterMs: undefined,
    isPaced: true,
    random: 0.5,
    ...question,
  })

describe('retry policy', () => {
  it.each([500, 502, 503, 504])(
    'When a read is answered %i, then it is tried again after a pause',
    (status) => {
      expect(ask({ outcome: { kind: 'answered', status } })).toBeGreaterThan(0)
    },
  )

  it.each([200, 201, 400, 401, 403, 404, 422])(
    'When a read is answered %i, then that is the answer',
    (status) => {
      expect(ask({ outcome: { kind: 'answered', status } })).toBeUndefined()
    },
  )

  it('When a read gets no answer, then it is tried again', () => {
    expect(ask({ outcome: { kind: 'lost' } })).toBeDefined()
  })

  it.each([
    { kind: 'lost' } as const,
    { kind: 'answered', status: 500 } as const,
    { kind: 'answered', status: 503 } as const,
  ])('When a write may have happened ($kind), then it is not tried again', (outcome) => {
    expect(ask({ effect: 'write', outcome })).toBeUndefined()
  })

  it.each([{ kind: 'not_sent' } as const, { kind: 'answered', status: 429 } as const])(
    'When a write provably did not happen ($kind), then it is tried again',
    (outcome) => {
      expect(ask({ effect: 'write', outcome })).toBeDefined()
    },
  )

  it('When tries go on failing, then the pause grows and the third is the last', () => {
    const first = ask({ attempts: 1 }) ?? 0
    const second = ask({ attempts: 2 }) ?? 0
    expect(second).toBeGreaterThan(first)
    expect(ask({ attempts: 3 })).toBeUndefined()
  })

  it('When an answer asks to wait longer than the usual pause, then the pause is as long', () => {
    expect(ask({ retryAfterMs: 3_000 })).toBe(3_000)
  })

  it('When an answer asks to wait longer than anybody would, then there is no other try', () => {
    expect(ask({ retryAfterMs: 3_600_000, remainingMs: Infinity })).toBeUndefined()
  })

  it.each([
    { isPaced: true, expected: 0 },
    { isPaced: false, expected: 2_000 },
  ])(
    'When a call is refused for pace (paced: $isPaced), then it pauses by itself only where the pacer does not',
    ({ isPaced, expected }) => {
      expect(ask({ outcome: { kind: 'answered', status: 429 }, retryAfterMs: 2_000, isPaced })).toBe(expected)
    },
  )

  it('When the time left does not suffice for another try, then there is none', () => {
    expect(ask({ remainingMs: 400 })).toBeUndefined()
  })
})
