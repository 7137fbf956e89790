import type { ClientRateLimitInfo, Options, Store } from 'express-rate-limit'
import { BoundedMap } from './bounded-map.ts'

type Window = { hits: number; endsAt: number }

/**
 * Counts per client in fixed windows, for at most so many clients: with more of them the one counted longest is
 * forgotten, so that nobody fills the memory from many addresses.
 * @param now a steady clock in ms
 */
export function createRateLimitStore(parts: { maxClients: number; now: () => number }): Store {
  const { maxClients, now } = parts
  const windows = new BoundedMap<string, Window>(maxClients)
  let windowMs = 60_000

  function windowOf(key: string): Window {
    const known = windows.get(key)
    if (known && known.endsAt > now()) return known
    const fresh = { hits: 0, endsAt: now() + windowMs }
    // Windows are as long as each other: the order of insertion is the order in which they end.
    windows.set(key, fresh)
    return fresh
  }

  const infoOf = ({ hits, endsAt }: Window): ClientRateLimitInfo => ({
    totalHits: hits,
    resetTime: new Date(Date.now() + endsAt - now()),
  })

  return {
    localKeys: true,
    init: (options: Options) => {
      windowMs = options.windowMs
    },
    increment: (key) => {
      const window = windowOf(key)
      window.hits += 1
      return infoOf(window)
    },
    decrement: (key) => {
      const window = windows.get(key)
      if (window && window.hits > 0) window.hits -= 1
    },
    resetKey: (key) => void windows.delete(key),
    resetAll: () => windows.clear(),
  }
}
