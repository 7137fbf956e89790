import {
  type CalendarDate,
  fromAbsolute,
  getDayOfWeek,
  parseDateTime,
  Time,
  toCalendarDate,
  toCalendarDateTime,
  toZoned,
} from '@internationalized/date'

/** Choices for when a follow-up is due; each falls on 9:00 in the location's zone. */
export const duePresets = ['tomorrow', 'in_three_days', 'next_monday'] as const
export type DuePreset = (typeof duePresets)[number]

const startOfWork = new Time(9)

function dayOf(preset: DuePreset, today: CalendarDate): CalendarDate {
  if (preset === 'tomorrow') return today.add({ days: 1 })
  if (preset === 'in_three_days') return today.add({ days: 3 })
  return today.add({ days: 7 - getDayOfWeek(today, 'en-US', 'mon') })
}

/** The instant (ISO 8601, UTC) a preset means now in that zone; on a Monday, "next Monday" is a week away. */
export function dueInstant(preset: DuePreset, nowMs: number, timezone: string): string {
  const today = toCalendarDate(fromAbsolute(nowMs, timezone))
  return toZoned(toCalendarDateTime(dayOf(preset, today), startOfWork), timezone).toAbsoluteString()
}

/** An instant as the wall clock of that zone shows it, to the minute: `2026-11-22T09:00`. */
export function toWallClock(instant: string, timezone: string): string {
  return toCalendarDateTime(fromAbsolute(Date.parse(instant), timezone))
    .toString()
    .slice(0, 16)
}

/**
 * The instant of a wall clock reading in that zone; one that a clock change skips moves forward.
 * Null for what is no date and time.
 */
export function fromWallClock(reading: string, timezone: string): string | null {
  try {
    return toZoned(parseDateTime(reading), timezone, 'compatible').toAbsoluteString()
  } catch {
    return null
  }
}
