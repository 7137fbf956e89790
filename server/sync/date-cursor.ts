/**
 * Where a list goes on that is paged by the time of its last item, newest first. Many items may share one time, and
 * whether "before" takes that time in is not documented. So the next page is asked for from just after the last item's
 * time on; where that would lead back, from the time itself, and then from just before it.
 * @param asked what this page was asked with; null: the first
 * @returns what to ask the next page with
 */
export function nextStamp(asked: string | null, last: string): string {
  const steps = [shiftedStamp(last, 1), last, shiftedStamp(last, -1)]
  return steps.find((step) => asked === null || step < asked) ?? shiftedStamp(asked ?? last, -1)
}

/** The next or the previous time that can be written as finely as this one. */
export function shiftedStamp(stamp: string, by: 1 | -1): string {
  const [, seconds, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?/.exec(stamp) ?? []
  const zone = /(?:Z|[+-]\d\d:\d\d)$/.exec(stamp)?.[0]
  if (seconds === undefined || zone === undefined) return stamp
  const unit = 10 ** fraction.length
  const count = Number(fraction || 0) + by
  const carry = Math.floor(count / unit)
  const whole = new Date(Date.parse(`${seconds}${zone}`) + carry * 1000).toISOString().slice(0, 19)
  const rest = String(count - carry * unit).padStart(fraction.length, '0')
  return fraction === '' ? `${whole}Z` : `${whole}.${rest}Z`
}
