import { describe, expect, it } from 'vitest'
import { allowanceOf, createTurnTaker } from '../../server/sync/call-allowance.ts'
import { nextStamp, shiftedStamp } from '../../server/sync/date-cursor.ts'

/** A list as one of the two readings of "before" has it; times may be shared. */
function readAll(items: { id: number; updatedAt: string }[], isInclusive: boolean): Set<number> {
  const found = new Set<number>()
  let asked: string | null = null
  for (let page = 0; page < 100; page += 1) {
    const shown = items
      .filter(({ updatedAt }) => asked === null || (isInclusive ? updatedAt <= asked : updatedAt < asked))
      .slice(0, 30)
    for (const { id } of shown) found.add(id)
    const last = shown.at(29)
    if (!last) return found
    asked = nextStamp(asked, last.updatedAt)
  }
  throw new Error('the reading never ends')
}

describe('paging by time', () => {
  const stamps = (count: number, at: (place: number) => string) =>
    Array.from({ length: count }, (_, id) => ({ id, updatedAt: at(id) })).sort((one, other) =>
      other.updatedAt < one.updatedAt ? -1 : 1,
    )

  it.each([true, false])(
    'When "before" takes the time itself in: %s, then nothing is left out',
    (isInclusive) => {
      const seconds = stamps(
        200,
        (place) => `2026-01-01T00:00:${String(Math.floor(place / 20)).padStart(2, '0')}Z`,
      )
      expect(readAll(seconds, isInclusive).size).toBe(200)
      const micros = stamps(200, (place) => `2026-01-01T00:00:00.${String(place).padStart(6, '0')}Z`)
      expect(readAll(micros, isInclusive).size).toBe(200)
    },
  )

  it('When a whole page has one time, then the reading goes on behind it', () => {
    const items = stamps(90, (place) => (place < 45 ? '2026-01-01T00:00:01Z' : '2026-01-01T00:00:00Z'))
    expect(readAll(items, true).size).toBe(60)
    expect(readAll(items, false).size).toBe(60)
  })

  it.each([
    ['2026-01-01T00:00:00Z', -1, '2025-12-31T23:59:59Z'],
    ['2026-01-01T00:00:00.000Z', -1, '2025-12-31T23:59:59.999Z'],
    ['2026-01-01T00:00:00.999999Z', 1, '2026-01-01T00:00:01.000000Z'],
  ] as const)('When %s is moved by %i, then it is %s', (stamp, by, moved) => {
    expect(shiftedStamp(stamp, by)).toBe(moved)
  })
})

describe('pace', () => {
  it('When many calls want to go at once, then no minute has more of them than allowed', async () => {
    let nowMs = 0
    let untilMs = 0
    const takeTurn = createTurnTaker({
      connectionId: 'one',
      speakFor: async (_connection, at, perCallMs) => (untilMs = Math.max(untilMs, at) + perCallMs),
      allowance: allowanceOf(410),
      now: () => nowMs,
      pause: async (ms) => void (nowMs += ms),
    })
    const calls: number[] = []
    for (let call = 0; call < 2_000; call += 1) {
      await takeTurn()
      calls.push(nowMs)
    }
    const busiest = Math.max(
      ...calls.map((at) => calls.filter((other) => other >= at && other < at + 60_000).length),
    )
    expect(busiest).toBeLessThanOrEqual(410)
    expect(busiest).toBeGreaterThan(380)
  })
})
