import type { Load, PaceGrant, PaceReport, Slots } from './pace-book.ts'

export type PaceLimit = { max: number; intervalMs: number }
/** Who waits for a call: a person who looks at the page, or nobody. */
export type Priority = keyof Load

/** The platform's documented limit of one app in one location or company. */
export const documentedLimit: PaceLimit = { max: 100, intervalMs: 10_000 }

/** Calls that completed at about the same time: their slots get free together, with the last of them. */
type Cooled = { since: number; freeAt: number } & Load

/** The calls of one location or company in this process; all times on the process' steady clock. */
export type PaceLane = {
  readonly key: string
  limit: PaceLimit
  /** Slots that this process may use, by the common book. */
  allowed: Slots
  share: Slots | undefined
  /** Until when `allowed` is sure to hold. */
  allowedUntil: number
  inFlight: Load
  cooling: Cooled[]
  coolingTotal: Load
  pausedUntil: number
  usedAt: number
  reportedAt: number
  /** Whether the book knows that nothing is held, used or wanted. */
  isAtRest: boolean
  unsettled: boolean
  contended: boolean
  shared: boolean
  /** Whether the book refused a larger share at the last report. */
  denied: Record<Priority, boolean>
  learnt: PaceLimit | undefined
}

/** Calls that complete within this part of the window are one entry, so that a lane stays small whatever its limit. */
const stepsPerWindow = 1000
/** Without the common book for longer than a lease: this part of the limit, so that several processes stay within it. */
const aloneDivisor = 10
const idleWindows = 3

export function createLane(key: string, now: number): PaceLane {
  return {
    key,
    limit: documentedLimit,
    allowed: { all: 0, background: 0 },
    share: undefined,
    allowedUntil: -Infinity,
    inFlight: { person: 0, background: 0 },
    cooling: [],
    coolingTotal: { person: 0, background: 0 },
    pausedUntil: 0,
    usedAt: now,
    reportedAt: -Infinity,
    isAtRest: false,
    unsettled: false,
    contended: false,
    shared: false,
    denied: { person: false, background: false },
    learnt: undefined,
  }
}

function cool(lane: PaceLane, now: number): void {
  let done = 0
  for (const cooled of lane.cooling) {
    if (cooled.freeAt > now) break
    lane.coolingTotal.person -= cooled.person
    lane.coolingTotal.background -= cooled.background
    done += 1
  }
  if (done > 0) lane.cooling.splice(0, done)
}

const inUseOf = (lane: PaceLane, of: Priority): number => lane.inFlight[of] + lane.coolingTotal[of]
const inUseInAll = (lane: PaceLane): number => inUseOf(lane, 'person') + inUseOf(lane, 'background')

/** @param isBookAway whether the common book cannot be reached */
function usable(lane: PaceLane, now: number, isBookAway: boolean): Slots {
  if (now <= lane.allowedUntil) return lane.allowed
  const most = isBookAway ? Math.max(1, Math.floor(lane.limit.max / aloneDivisor)) : 0
  if (lane.allowedUntil === -Infinity) return { all: most, background: most }
  return { all: Math.min(most, lane.allowed.all), background: Math.min(most, lane.allowed.background) }
}

export function mayStart(lane: PaceLane, priority: Priority, now: number, isBookAway: boolean): boolean {
  if (lane.pausedUntil > now) return false
  cool(lane, now)
  const { all, background } = usable(lane, now, isBookAway)
  if (inUseInAll(lane) >= Math.min(all, lane.limit.max)) return false
  return priority === 'person' || inUseOf(lane, 'background') < background
}

export function startCall(lane: PaceLane, priority: Priority, now: number): void {
  lane.inFlight[priority] += 1
  lane.isAtRest = false
  lane.usedAt = now
}

/** The slot is free again one window after its call completed, for the platform may have counted it that late. */
export function completeCall(lane: PaceLane, priority: Priority, now: number): void {
  lane.inFlight[priority] -= 1
  lane.coolingTotal[priority] += 1
  lane.usedAt = now
  const freeAt = now + lane.limit.intervalMs
  const last = lane.cooling.at(-1)
  if (last && freeAt < last.since + lane.limit.intervalMs / stepsPerWindow) {
    last.freeAt = Math.max(last.freeAt, freeAt)
    last[priority] += 1
  } else {
    lane.cooling.push({ since: freeAt, freeAt, person: 0, background: 0, [priority]: 1 })
  }
}

/** When, at the earliest, something may change by itself; undefined when nothing will. */
export function nextChangeAt(lane: PaceLane, now: number): number | undefined {
  if (lane.pausedUntil > now) return lane.pausedUntil
  return lane.cooling[0]?.freeAt
}

/**
 * When a call can start at the earliest that has `ahead` others before it.
 * Never too late: a caller without that much time can be told at once.
 */
export function earliestStart(lane: PaceLane, priority: Priority, ahead: number, now: number): number {
  cool(lane, now)
  const notBefore = Math.max(now, lane.pausedUntil)
  const share = priority === 'person' ? 'all' : 'background'
  const slots = Math.max(
    1,
    Math.min(lane.limit.max, (lane.share ?? { all: Infinity, background: Infinity })[share]),
  )
  const isMine = (of: Priority) => priority === 'person' || of === 'background'
  const used = (of: Priority) => (isMine(of) ? inUseOf(lane, of) : 0)
  const toWaitFor = ahead + 1 - (slots - used('person') - used('background'))
  if (toWaitFor <= 0) return notBefore
  const rounds = Math.floor((toWaitFor - 1) / slots)
  let nth = toWaitFor - rounds * slots
  let freeAt = now + lane.limit.intervalMs
  for (const cooled of lane.cooling) {
    nth -= cooled.background + (priority === 'person' ? cooled.person : 0)
    if (nth > 0) continue
    freeAt = cooled.freeAt
    break
  }
  return Math.max(freeAt, notBefore) + rounds * lane.limit.intervalMs
}

/** What of the window's limit is taken in this process now, in calls and as a part from 0 to 1. */
export function usageOf(lane: PaceLane, now: number): { used: number; ofLimit: number } {
  cool(lane, now)
  const used = inUseInAll(lane)
  return { used, ofLimit: used / lane.limit.max }
}

/** @returns whether that was news */
export function learnLimit(lane: PaceLane, learnt: Partial<PaceLimit>): boolean {
  const max = learnt.max ?? lane.limit.max
  const intervalMs = learnt.intervalMs ?? lane.limit.intervalMs
  if (max === lane.limit.max && intervalMs === lane.limit.intervalMs) return false
  lane.limit = { max, intervalMs }
  lane.learnt = lane.limit
  return true
}

/** Whether a call waits for the book rather than for the limit itself. */
export function wantsMore(lane: PaceLane, priority: Priority, now: number): boolean {
  if (now > lane.allowedUntil) return true
  if (lane.denied[priority] || inUseInAll(lane) >= lane.limit.max) return false
  return (
    inUseInAll(lane) >= lane.allowed.all ||
    (priority === 'background' && inUseOf(lane, 'background') >= lane.allowed.background)
  )
}

export function isIdle(lane: PaceLane, now: number): boolean {
  cool(lane, now)
  if (inUseInAll(lane) > 0 || lane.pausedUntil > now) return false
  return lane.usedAt + idleWindows * lane.limit.intervalMs <= now
}

/** Whether it holds slots that it needs less than another process does. */
export function hasToSpare(lane: PaceLane, waiting: Load, now: number): boolean {
  if (!lane.contended) return false
  cool(lane, now)
  return lane.allowed.all > inUseInAll(lane) + waiting.person + waiting.background
}

/** Gives up what it does not need, and says what it holds and needs. */
export function reportOf(lane: PaceLane, waiting: Load, now: number): PaceReport {
  cool(lane, now)
  const inUse = { person: inUseOf(lane, 'person'), background: inUseOf(lane, 'background') }
  const used = inUse.person + inUse.background
  const busy = used + waiting.person + waiting.background
  const isResting = busy === 0 && lane.usedAt + idleWindows * lane.limit.intervalMs <= now
  const headroom = isResting ? 0 : Math.max(Math.min(10, Math.ceil(lane.limit.max / 10)), Math.ceil(used / 2))
  lane.allowed = {
    all: Math.min(lane.allowed.all, busy + headroom),
    background: Math.min(lane.allowed.background, inUse.background + waiting.background + headroom),
  }
  lane.reportedAt = now
  lane.isAtRest = false
  return {
    key: lane.key,
    holds: {
      all: Math.max(used, lane.allowed.all),
      background: Math.max(inUse.background, lane.allowed.background),
    },
    inUse,
    waiting,
    headroom,
    learnt: lane.learnt,
    pauseMs: Math.max(0, lane.pausedUntil - now),
  }
}

/** @param reportedAt when the report was made: the lease counts from later on */
export function takeGrant(
  lane: PaceLane,
  report: PaceReport,
  grant: PaceGrant,
  { now, reportedAt, leaseMs }: { now: number; reportedAt: number; leaseMs: number },
): void {
  if (lane.learnt === report.learnt) {
    lane.learnt = undefined
    lane.limit = grant.limit
  }
  lane.allowed = grant.allowed
  lane.share = grant.share
  lane.allowedUntil = reportedAt + leaseMs
  lane.isAtRest =
    report.holds.all === 0 &&
    report.waiting.person + report.waiting.background === 0 &&
    grant.allowed.all === 0
  lane.unsettled = grant.unsettled
  lane.contended = grant.contended
  lane.shared = grant.shared
  lane.denied = {
    person: grant.allowed.all < report.inUse.person + report.inUse.background + report.waiting.person,
    background: grant.allowed.background < report.inUse.background + report.waiting.background,
  }
  if (grant.pauseMs > 0) lane.pausedUntil = Math.max(lane.pausedUntil, now + grant.pauseMs)
}
