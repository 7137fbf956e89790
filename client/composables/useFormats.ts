import { computed } from 'vue'
import { useSessionStore } from '../stores/session-store.ts'
import { texts } from '../texts.ts'

const dayMs = 86_400_000
const momentOptions = {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
} as const

function formatter(options: Intl.DateTimeFormatOptions, timeZone: string) {
  const format = new Intl.DateTimeFormat(undefined, { ...options, timeZone })
  return (at: string | number) => format.format(new Date(at))
}

/** Dates in the user's language and, unless said otherwise, the sub-account's time zone. */
export function useFormats(now: () => number = Date.now) {
  const session = useSessionStore()
  const formats = computed(() => {
    const zone = session.timezone
    return {
      time: formatter({ hour: 'numeric', minute: '2-digit' }, zone),
      weekday: formatter({ weekday: 'short' }, zone),
      day: formatter({ weekday: 'short', month: 'short', day: 'numeric' }, zone),
      shortDay: formatter({ month: 'short', day: 'numeric' }, zone),
      dayWithYear: formatter({ year: 'numeric', month: 'short', day: 'numeric' }, zone),
      moment: formatter(momentOptions, zone),
      momentWithYear: formatter({ ...momentOptions, year: 'numeric' }, zone),
      year: formatter({ year: 'numeric' }, zone),
      dayKey: formatter({ year: 'numeric', month: '2-digit', day: '2-digit' }, zone),
    }
  })

  const isThisYear = (at: string) => formats.value.year(at) === formats.value.year(now())

  function dayLabel(at: string): string {
    const { dayKey, day, dayWithYear } = formats.value
    if (dayKey(at) === dayKey(now())) return texts.today
    if (dayKey(at) === dayKey(now() - dayMs)) return texts.yesterday
    return isThisYear(at) ? day(at) : dayWithYear(at)
  }

  function moment(at: string): string {
    const { moment, momentWithYear } = formats.value
    return isThisYear(at) ? moment(at) : momentWithYear(at)
  }

  /** As short as a list allows: the time today, the weekday this week, else the date. */
  function shortMoment(at: string): string {
    const { dayKey, time, weekday, shortDay, dayWithYear } = formats.value
    if (dayKey(at) === dayKey(now())) return time(at)
    if (now() - Date.parse(at) < 6 * dayMs) return weekday(at)
    return isThisYear(at) ? shortDay(at) : dayWithYear(at)
  }

  return {
    dayKey: (at: string) => formats.value.dayKey(at),
    time: (at: string) => formats.value.time(at),
    moment,
    date: (at: string) => formats.value.dayWithYear(at),
    dayLabel,
    shortMoment,
  }
}

/** The wall clock of a zone; null where the zone is unknown to the browser. */
export function timeInZone(at: number, timeZone: string): string | null {
  try {
    return formatter({ hour: 'numeric', minute: '2-digit' }, timeZone)(at)
  } catch {
    return null
  }
}
