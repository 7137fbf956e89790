import type { HeymarketParts } from './heymarket-parts.ts'

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

/** The newest first from a time on, which is part of it. */
export function newestFrom<Item extends { updated: string }>(
  items: Iterable<Item>,
  date: string | undefined,
): Item[] {
  return [...items]
    .filter(({ updated }) => date === undefined || updated <= date)
    .sort((a, b) => (a.updated < b.updated ? 1 : -1))
    .slice(0, heymarketPageSize)
}
