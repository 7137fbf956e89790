import type { PaceLimit } from './pace-lane.ts'

/** Calls of people and of background work. */
export type Load = { person: number; background: number }
/** How many calls may be under way or cooling down; `background`: how many of them for background work. */
export type Slots = { all: number; background: number }

/** What a process tells of one owner of a limit. It does not go beyond `holds` until it is answered. */
export type PaceReport = {
  key: string
  holds: Slots
  /** Under way, or completed less than one window ago. */
  inUse: Load
  waiting: Load
  /** Slots that it would like to keep ready for its next calls. */
  headroom: number
  /** What the platform's answers named since the last report. */
  learnt: PaceLimit | undefined
  /** How long nothing may start, since the platform refused for pace. */
  pauseMs: number
}

/** What a process may do from now on. */
export type PaceGrant = {
  limit: PaceLimit
  /** Fewer than it holds: the rest is given back as it gets free. */
  allowed: Slots
  /** What it could have if it needed as much as there is. */
  share: Slots
  /** Whether slots are about to move from or to it, so that asking again soon is worth it. */
  unsettled: boolean
  /** Whether another process has less than it needs. */
  contended: boolean
  /** Whether another process holds slots that it may give back. */
  shared: boolean
  pauseMs: number
}

type Lease = { slots: Slots; need: Load; expiresAt: number }

/** Who holds how many of one owner's slots; all times in epoch ms of whoever keeps the book. */
export type PaceBook = { limit: PaceLimit; pausedUntil: number; leases: Record<string, Lease> }

/** Of 100 slots, background work leaves 5 to people. */
export function slotsKeptForPeople({ max }: PaceLimit): number {
  return Math.floor(max / 20)
}

/**
 * Enters a process' report into the book. All processes together never hold more than the limit, and background work
 * never so many that people find none. A lease that is not renewed counts until one window after its end, since its
 * last calls may have been that late.
 */
export function enterReport(
  book: PaceBook,
  processId: string,
  report: PaceReport,
  { now, leaseMs }: { now: number; leaseMs: number },
): { book: PaceBook; grant: PaceGrant } {
  const limit = report.learnt ?? book.limit
  const pausedUntil = Math.max(book.pausedUntil, now + report.pauseMs)
  const others = Object.entries(book.leases).filter(
    ([id, lease]) => id !== processId && lease.expiresAt + limit.intervalMs > now,
  )
  const { inUse, waiting, holds } = report
  const need = { person: inUse.person + waiting.person, background: inUse.background + waiting.background }
  const needs: Needs = { own: [processId, need], others: others.map(([id, lease]) => [id, lease.need]) }
  const shares = shareOut(limit, needs, report.headroom)
  const allowed = allow(
    limit,
    report,
    shares,
    others.map(([, lease]) => lease.slots),
  )
  const slots = {
    all: Math.max(holds.all, allowed.all),
    background: Math.max(holds.background, allowed.background),
  }
  const leases = Object.fromEntries(others)
  if (slots.all + need.person + need.background > 0)
    leases[processId] = { slots, need, expiresAt: now + leaseMs }
  const unsettled =
    slots.all > allowed.all ||
    slots.background > allowed.background ||
    allowed.all < shares.people + shares.work ||
    allowed.background < shares.work
  return {
    book: { limit, pausedUntil, leases },
    grant: {
      limit,
      allowed,
      share: greatestShare(limit, needs),
      unsettled,
      shared: others.some(([, { slots }]) => slots.all > 0),
      contended: others.some(([, lease]) => lease.need.person + lease.need.background > lease.slots.all),
      pauseMs: Math.max(0, pausedUntil - now),
    },
  }
}

type Need = readonly [processId: string, need: Load]
type Needs = { own: Need; others: readonly Need[] }
/** What one process may have: for its calls, and at most, with some to spare. */
type Shares = { people: number; work: number; most: Slots }

/** People first, each process as much as it needs; where that is too much, all alike. */
function shareOut(limit: PaceLimit, needs: Needs, headroom: number): Shares {
  const kept = slotsKeptForPeople(limit)
  const people = fairShares(limit.max, needs, 'person')
  const forPeople = Math.max(kept, people.total + Math.ceil(kept / 2))
  const work = fairShares(Math.max(0, limit.max - forPeople), needs, 'background')
  const spare = Math.max(0, limit.max - kept - people.total - work.total)
  const ready = Math.min(headroom, Math.floor(spare / (needs.others.length + 1)))
  return {
    people: people.own,
    work: work.own,
    most: { all: people.own + work.own + ready, background: work.own + ready },
  }
}

/** What one process would have if it needed as much as there is. */
function greatestShare(limit: PaceLimit, { own: [id], others }: Needs): Slots {
  const everything: Need = [id, { person: limit.max, background: limit.max }]
  const nothing: Need = [id, { person: 0, background: 0 }]
  const people = fairShares(limit.max, { own: everything, others }, 'person')
  const elsewhere = fairShares(limit.max, { own: nothing, others }, 'person')
  const forWork = Math.max(0, limit.max - Math.max(slotsKeptForPeople(limit), elsewhere.total))
  const work = fairShares(forWork, { own: everything, others }, 'background')
  return { all: people.own, background: work.own }
}

/** Whoever needs less than an equal part leaves the rest to the others. */
function fairShares(
  capacity: number,
  { own: ownNeed, others }: Needs,
  of: keyof Load,
): { own: number; total: number } {
  let left = capacity
  let own = 0
  const sorted = [ownNeed, ...others].sort(([idA, a], [idB, b]) => a[of] - b[of] || (idA < idB ? -1 : 1))
  for (const [index, [id, need]] of sorted.entries()) {
    const share = Math.min(need[of], Math.floor(left / (sorted.length - index)))
    if (id === ownNeed[0]) own = share
    left -= share
  }
  return { own, total: capacity - left }
}

/** As much of the share as the others leave; what is kept for people goes to people's calls alone. */
function allow(limit: PaceLimit, report: PaceReport, shares: Shares, others: readonly Slots[]): Slots {
  const sum = (of: keyof Slots) => others.reduce((total, slots) => total + slots[of], 0)
  const { inUse, waiting } = report
  const free = Math.max(0, limit.max - sum('all'))
  const kept = slotsKeptForPeople(limit)
  const lastKept = Math.ceil(kept / 2)
  const keptFree = Math.max(lastKept, kept - (sum('all') - sum('background')))
  const people = inUse.person + waiting.person
  // A slot that background work still uses serves nobody else: people's share comes on top.
  const forPeople = Math.min(people, shares.people) + inUse.background
  const oneReady = people > 0 && free - forPeople > lastKept ? 1 : 0
  const all = Math.min(
    Math.max(shares.most.all, forPeople + oneReady),
    Math.max(Math.min(free, forPeople + oneReady), free - keptFree),
  )
  const freeForWork = Math.max(0, limit.max - kept - sum('background'))
  return { all, background: Math.min(shares.most.background, freeForWork, all) }
}
