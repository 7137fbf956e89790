export type Clock = {
  /** Epoch milliseconds. */
  now(): number
  /** Moves the time on, and then runs what waited for it. */
  advance(ms: number): void
  /** Whether time also passes by itself. */
  ticking: boolean
  /** @returns how to stop listening */
  onAdvance(listener: () => void): () => void
}

/** A Monday morning in New York, so that "tomorrow" and "next Monday" are plain. */
export const testStartMs = Date.UTC(2026, 10, 16, 15, 0, 0)

function createClock(ticking: boolean, read: () => number): Clock {
  const listeners = new Set<() => void>()
  let addedMs = 0
  return {
    now: () => read() + addedMs,
    advance(ms) {
      addedMs += ms
      for (const listener of listeners) listener()
    },
    ticking,
    onAdvance(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Stands still until a test moves it. */
export function createTestClock(startMs: number = testStartMs): Clock {
  return createClock(false, () => startMs)
}

/** Real time, which can also be moved on. */
export function createLiveClock(): Clock {
  return createClock(true, Date.now)
}
