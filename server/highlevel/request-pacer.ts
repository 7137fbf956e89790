import { AppError } from '../errors.ts'
import { createPaceDays } from './pace-days.ts'
import { createPaceMemory } from './pace-memory.ts'
import {
  completeCall,
  createLane,
  earliestStart,
  learnLimit,
  mayStart,
  nextChangeAt,
  startCall,
  usageOf,
  wantsMore,
  type PaceLane,
  type PaceLimit,
  type Priority,
} from './pace-lane.ts'
import { createPaceSync, type PaceStore } from './pace-sync.ts'
import { createStartTurns } from './start-turns.ts'

/** About a millisecond's work. */
const startsPerTurn = 4

export type { PaceLimit, Priority }
export type RequestPacer = ReturnType<typeof createRequestPacer>

type Waiter = { start: () => void; timer: NodeJS.Timeout | undefined }
type Waiters = Record<Priority, Waiter[]>

type Line = { lane: PaceLane; waiters: Waiters; wakeTimer: NodeJS.Timeout | undefined }

/** What an answer of the platform tells about its limits. */
export type PaceNews = Partial<PaceLimit> & { dayLimit?: number; dayRemaining?: number }

/** Of all locations and companies together, as far as this process uses them. */
export type PaceBudget = {
  slotsUsed: number
  /** The largest part of its limit that one of them uses, 0 to 1. */
  busiest: number
  waiting: Record<Priority, number>
  /** The least that one of them has left of its day; unset where none has told. */
  dayRemaining?: number
}

export type RequestPacerParts = {
  /** A steady clock in ms. */
  now: () => number
  /** Where the processes that share the limits agree; default: this process is alone. */
  store?: PaceStore
  onStoreFailure?: (error: unknown) => void
}

/**
 * Keeps the calls of each location (and company) under the platform's limit, over all processes, and lets people's
 * calls go first. The platform counts a call when it arrives, which lies between our send and its completion; so a
 * slot is free again one window after its call *completed*. Counting from the send would draw refusals.
 */
export function createRequestPacer({ now, store, onStoreFailure }: RequestPacerParts) {
  const lines = new Map<string, Line>()
  const days = createPaceDays({ now })
  const turns = createStartTurns<Line>({ perTurn: startsPerTurn, resume: (line) => advance(line) })
  const sync = createPaceSync({
    store: store ?? createPaceMemory({ now }),
    now,
    onFailure: onStoreFailure ?? (() => undefined),
    lanes: {
      *[Symbol.iterator]() {
        for (const { lane, waiters } of lines.values()) {
          yield {
            lane,
            waiting: { person: waiters.person.length, background: waiters.background.length },
          }
        }
      },
    },
    changed: (key) => {
      const line = lines.get(key)
      if (line) advance(line)
    },
    forget: (key) => {
      const line = lines.get(key)
      if (line && aheadOf(line, 'background') === 0) lines.delete(key)
    },
  })

  function lineOf(key: string): Line {
    const known = lines.get(key)
    if (known) return known
    const line: Line = {
      lane: createLane(key, now()),
      waiters: { person: [], background: [] },
      wakeTimer: undefined,
    }
    lines.set(key, line)
    return line
  }

  /** Starts those whose turn it is, people first, and comes back when the next one's turn may be. */
  function advance(line: Line): void {
    const { lane, waiters } = line
    clearTimeout(line.wakeTimer)
    line.wakeTimer = undefined
    for (const priority of ['person', 'background'] as const) {
      const queue = waiters[priority]
      while (queue[0] && mayStart(lane, priority, now(), sync.isAway())) {
        if (hasToYield(priority)) return turns.postpone(line)
        queue.shift()?.start()
      }
    }
    if (waiters.person.length + waiters.background.length === 0) return
    const isAsking = (['person', 'background'] as const).some(
      (priority) => waiters[priority].length > 0 && wantsMore(lane, priority, now()),
    )
    if (isAsking) sync.ask(lane)
    const wakeAt = nextChangeAt(lane, now())
    if (wakeAt === undefined) return
    line.wakeTimer = setTimeout(() => advance(line), Math.max(1, Math.ceil(wakeAt - now())))
  }

  const hasToYield = (priority: Priority): boolean => priority === 'background' && turns.isSpent()

  const aheadOf = ({ waiters }: Line, priority: Priority): number =>
    waiters.person.length + (priority === 'person' ? 0 : waiters.background.length)

  /**
   * Resolves when the call may be sent: people before background work, else first come, first served.
   * @param maxWaitMs what is left of the caller's time
   * @returns how to say that the call completed
   * @throws {AppError} `rate_limited` as soon as it is sure that the caller's time does not suffice
   */
  function acquire(key: string, maxWaitMs: number, priority: Priority): Promise<() => void> {
    const dayWait = days.waitMs(key, priority)
    if (dayWait > 0) return Promise.reject(tooManyCalls(dayWait))
    const line = lineOf(key)
    const { lane } = line
    const time = now()
    const ahead = aheadOf(line, priority)
    if (ahead === 0 && mayStart(lane, priority, time, sync.isAway()) && !hasToYield(priority))
      return Promise.resolve(begin(line, priority))
    const expectedMs = earliestStart(lane, priority, ahead, time) - time
    if (expectedMs > maxWaitMs) return Promise.reject(tooManyCalls(expectedMs))
    return queue(line, priority, maxWaitMs)
  }

  function queue(line: Line, priority: Priority, maxWaitMs: number): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>()
    const waiter: Waiter = {
      timer: undefined,
      start: () => {
        clearTimeout(waiter.timer)
        resolve(begin(line, priority))
      },
    }
    if (maxWaitMs !== Infinity) {
      waiter.timer = setTimeout(() => {
        line.waiters[priority] = line.waiters[priority].filter((other) => other !== waiter)
        reject(tooManyCalls(Math.max(1000, expectedWaitMs(line.lane.key, priority))))
      }, maxWaitMs)
    }
    line.waiters[priority].push(waiter)
    advance(line)
    return promise
  }

  function begin(line: Line, priority: Priority): () => void {
    const { lane } = line
    startCall(lane, priority, now())
    if (priority === 'background') turns.begin()
    return () => {
      completeCall(lane, priority, now())
      if (aheadOf(line, 'background') > 0) advance(line)
    }
  }

  /** Takes over the limits that the platform names in its answers. */
  function learn(key: string, { dayLimit, dayRemaining, ...limit }: PaceNews): void {
    if (dayLimit !== undefined && dayRemaining !== undefined) days.learn(key, dayLimit, dayRemaining)
    const line = lineOf(key)
    if (!learnLimit(line.lane, limit)) return
    sync.ask(line.lane)
    advance(line)
  }

  /** After a refusal for pace: nothing of this lane starts for `pauseMs`, or else for one interval. */
  function pause(key: string, pauseMs: number | undefined): void {
    const line = lineOf(key)
    const { lane } = line
    lane.pausedUntil = Math.max(lane.pausedUntil, now() + (pauseMs ?? lane.limit.intervalMs))
    sync.ask(lane)
    advance(line)
  }

  /** How long a new call would wait now. */
  function expectedWaitMs(key: string, priority: Priority): number {
    const line = lineOf(key)
    return Math.max(0, earliestStart(line.lane, priority, aheadOf(line, priority), now()) - now())
  }

  function budget(): PaceBudget {
    const sum: PaceBudget = { slotsUsed: 0, busiest: 0, waiting: { person: 0, background: 0 } }
    for (const { lane, waiters } of lines.values()) {
      const { used, ofLimit } = usageOf(lane, now())
      sum.slotsUsed += used
      sum.busiest = Math.max(sum.busiest, ofLimit)
      sum.waiting.person += waiters.person.length
      sum.waiting.background += waiters.background.length
    }
    const dayRemaining = days.leastRemaining()
    return dayRemaining === undefined ? sum : { ...sum, dayRemaining }
  }

  async function close(): Promise<void> {
    turns.close()
    for (const { wakeTimer } of lines.values()) clearTimeout(wakeTimer)
    await sync.close()
  }

  return { acquire, learn, pause, expectedWaitMs, budget, close }
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
