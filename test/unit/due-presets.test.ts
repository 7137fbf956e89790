import { describe, expect, test } from 'vitest'
import { dueInstant, fromWallClock, toWallClock } from '../../shared/due-presets.ts'

const at = (text: string) => Date.parse(text)

describe('due presets', () => {
  test('When tomorrow is chosen, then it is 9:00 of the next day in the location, whatever the day is here', () => {
    const now = at('2026-11-21T23:30:00Z')
    expect(dueInstant('tomorrow', now, 'America/Denver')).toBe('2026-11-22T16:00:00.000Z')
    expect(dueInstant('tomorrow', now, 'Asia/Tokyo')).toBe('2026-11-23T00:00:00.000Z')
  })

  test('When the clocks change in between, then it is still 9:00 on the wall', () => {
    const beforeSpring = at('2026-03-07T18:00:00Z')
    expect(dueInstant('tomorrow', beforeSpring, 'America/New_York')).toBe('2026-03-08T13:00:00.000Z')
    const beforeAutumn = at('2026-10-23T10:00:00Z')
    expect(dueInstant('in_three_days', beforeAutumn, 'Europe/Berlin')).toBe('2026-10-26T08:00:00.000Z')
  })

  test.each([
    ['a Saturday', '2026-11-21T12:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['a Sunday', '2026-11-22T12:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['a Monday', '2026-11-23T06:00:00Z', '2026-11-30T09:00:00.000Z'],
  ])('When next Monday is chosen on %s, then it is the Monday to come', (_day, now, due) => {
    expect(dueInstant('next_monday', at(now), 'UTC')).toBe(due)
  })

  test('When an instant is put on the wall clock and read back, then it is the same instant', () => {
    const reading = toWallClock('2026-11-22T16:30:00.000Z', 'America/Denver')
    expect(reading).toBe('2026-11-22T09:30')
    expect(fromWallClock(reading, 'America/Denver')).toBe('2026-11-22T16:30:00.000Z')
  })

  test('When a reading is skipped by the clock change, then it moves forward', () => {
    expect(fromWallClock('2026-03-08T02:30', 'America/New_York')).toBe('2026-03-08T07:30:00.000Z')
  })

  test.each(['', 'soon', '2026-02-31T09:00'])('When the reading is "%s", then it is no date', (reading) => {
    expect(fromWallClock(reading, 'UTC')).toBeNull()
  })
})
