/** The same seed gives the same numbers: a demo and its screenshots stay alike, a failing test stays failing. */
export type SeededRandom = {
  /** At least 0, less than 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<T>(items: readonly T[]): T
  chance(probability: number): boolean
  /** @param length of letters and digits, as the platform's ids have */
  id(length?: number): string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The mulberry32 generator. */
export function createSeededRandom(seed: number): SeededRandom {
  let position = seed >>> 0
  const next = () => {
    position = (position + 0x6d2b79f5) >>> 0
    let mixed = position
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    pick(items) {
      const item = items[between(0, items.length - 1)]
      if (item === undefined) throw new Error('Nothing to pick from')
      return item
    },
    chance: (probability) => next() < probability,
    id: (length = 20) => Array.from({ length }, () => alphabet[between(0, alphabet.length - 1)]).join(''),
  }
}
