import type { Clock } from '../../support/clock.ts'

/** Times as Heymarket writes them, RFC 3339; no two alike, so that a cursor made of one is exact though the clock stands. */
export type HeymarketStamps = { next(): string }

export function createHeymarketStamps(clock: Clock): HeymarketStamps {
  let lastMicros = 0
  return {
    next() {
      lastMicros = Math.max(clock.now() * 1000, lastMicros + 1)
      return format(lastMicros)
    },
  }
}

function format(micros: number): string {
  const millis = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1)
  return `${millis}${String(micros % 1000).padStart(3, '0')}Z`
}

/** As told over there: its documents show whole seconds, which many things can share. */
export const shownStamp = (stamp: string, { wholeSeconds }: { wholeSeconds: boolean }): string =>
  wholeSeconds ? `${stamp.slice(0, 19)}Z` : stamp

/**
 * The same instant in the width of `next`, which sorts as text.
 * @returns undefined for what is no time
 */
export function normalStamp(text: string): string | undefined {
  const millis = Date.parse(text)
  if (Number.isNaN(millis) || !/^\d{4}-\d\d-\d\dT/.test(text)) return undefined
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? ''
  return format(millis * 1000 + Number(micros.padEnd(3, '0')))
}
