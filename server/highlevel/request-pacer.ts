import { AppError } from '../errors.ts'

/** The platform's documented limit of one app in one location or company. */
const documentedLimit = { max: 100, intervalMs: 10_000 }

export type PaceLimit = { max: number; intervalMs: number }
export type RequestPacer = ReturnType<typeof createRequestPacer>

type Waiter = { start: () => void; timer: NodeJS.Timeout | undefined }

type Lane = PaceLimit & {
  inFlight: number
  /** When the calls of the last window completed, oldest first. */
  completedAt: number[]
  pausedUntil: number
  waiters: Waiter[]
  wakeTimer: NodeJS.Timeout | undefined
}

/**
 * Keeps the calls of each location (and company) under the platform's limit. The platform counts a call when it
 * arrives, which lies between our send and its completion; so a slot is free again one window after its call
 * *completed*. Counting from the send would draw refusals.
 */
export function createRequestPacer({ now }: { /** A steady clock in ms. */ now: () => number }) {
  const lanes = new Map<string, Lane>()

  function laneOf(key: string): Lane {
    const known = lanes.get(key)
    if (known) return known
    const lane: Lane = {
      ...documentedLimit,
      inFlight: 0,
      completedAt: [],
      pausedUntil: 0,
      waiters: [],
      wakeTimer: undefined,
    }
    lanes.set(key, lane)
    return lane
  }

  /** When, at the earliest, the waiter at `position` (0: first in line) can start. */
  function earliestStart(lane: Lane, position: number): number {
    const time = now()
    while (lane.completedAt[0] !== undefined && lane.completedAt[0] + lane.intervalMs <= time)
      lane.completedAt.shift()
    const slotsToWaitFor = position + 1 - (lane.max - lane.inFlight - lane.completedAt.length)
    if (slotsToWaitFor <= 0) return Math.max(time, lane.pausedUntil)
    const freed = lane.completedAt[slotsToWaitFor - 1]
    return Math.max((freed ?? time) + lane.intervalMs, lane.pausedUntil)
  }

  /** Starts those whose turn it is, and comes back when the next one's turn may be. */
  function advance(lane: Lane): void {
    clearTimeout(lane.wakeTimer)
    lane.wakeTimer = undefined
    while (lane.waiters[0] && earliestStart(lane, 0) <= now()) lane.waiters.shift()?.start()
    if (lane.waiters.length === 0) return
    const waitMs = Math.max(1, Math.ceil(earliestStart(lane, 0) - now()))
    lane.wakeTimer = setTimeout(() => advance(lane), waitMs)
  }

  /**
   * Resolves when the call may be sent, first come, first served.
   * @param maxWaitMs what is left of the caller's time
   * @returns how to say that the call completed
   * @throws {AppError} `rate_limited` as soon as it is sure that the caller's time does not suffice
   */
  function acquire(key: string, maxWaitMs: number): Promise<() => void> {
    const lane = laneOf(key)
    const expectedWaitMs = earliestStart(lane, lane.waiters.length) - now()
    if (expectedWaitMs > maxWaitMs) return Promise.reject(tooManyCalls(expectedWaitMs))
    const { promise, resolve, reject } = Promise.withResolvers<() => void>()
    const waiter: Waiter = {
      timer: undefined,
      start: () => {
        clearTimeout(waiter.timer)
        lane.inFlight += 1
        resolve(() => release(lane))
      },
    }
    if (maxWaitMs !== Infinity) {
      waiter.timer = setTimeout(() => {
        lane.waiters = lane.waiters.filter((other) => other !== waiter)
        reject(tooManyCalls(Math.max(0, earliestStart(lane, lane.waiters.length) - now())))
      }, maxWaitMs)
    }
    lane.waiters.push(waiter)
    advance(lane)
    return promise
  }

  function release(lane: Lane): void {
    lane.inFlight -= 1
    lane.completedAt.push(now())
    advance(lane)
  }

  /** Takes over the limit that the platform names in its answers. */
  function learn(key: string, limit: Partial<PaceLimit>): void {
    const lane = laneOf(key)
    if (limit.max !== undefined) lane.max = limit.max
    if (limit.intervalMs !== undefined) lane.intervalMs = limit.intervalMs
    advance(lane)
  }

  /** After a refusal for pace: nothing of this lane starts for `pauseMs`, or else for one interval. */
  function pause(key: string, pauseMs: number | undefined): void {
    const lane = laneOf(key)
    lane.pausedUntil = Math.max(lane.pausedUntil, now() + (pauseMs ?? lane.intervalMs))
    advance(lane)
  }

  /** How long a new call would wait now. */
  function expectedWaitMs(key: string): number {
    const lane = laneOf(key)
    return Math.max(0, earliestStart(lane, lane.waiters.length) - now())
  }

  return { acquire, learn, pause, expectedWaitMs }
}

export function tooManyCalls(retryAfterMs: number, cause?: unknown): AppError {
  return new AppError(
    'rate_limited',
    'The CRM takes no more requests right now. Please try again in a moment.',
    {
      cause,
      retryable: true,
      retryAfterMs: Math.ceil(retryAfterMs),
    },
  )
}
