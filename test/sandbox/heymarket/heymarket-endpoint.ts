import type { HeymarketParts } from './heymarket-parts.ts'
import { shownStamp } from './heymarket-stamps.ts'

export type HeymarketRequest = {
  params: Record<string, string>
  query: unknown
  body: unknown
}

export type HeymarketEndpoint = {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  /** Any JSON, also a bare text. @throws {HeymarketRefusal} */
  handle(request: HeymarketRequest): unknown
}

export type HeymarketEndpointParts = Pick<HeymarketParts, 'state' | 'stamps' | 'behaviour' | 'carrier'>

export const heymarketPageSize = 30

/** A page, the newest first, from a time on, which is part of it. */
export function newestFrom<Item extends { updated: string }>(
  items: Iterable<Item>,
  date: string | undefined,
  behaviour: { wholeSeconds: boolean },
): Item[] {
  const shown = (stamp: string) => shownStamp(stamp, behaviour)
  return [...items]
    .filter(({ updated }) => date === undefined || shown(updated) <= shown(date))
    .sort((a, b) => (a.updated < b.updated ? 1 : -1))
    .slice(0, heymarketPageSize)
    .map((item) => Object.assign({}, item, { updated: shown(item.updated) }))
}
