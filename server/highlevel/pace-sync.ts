import { randomUUID } from 'node:crypto'
import { inTime } from '../bounded-call.ts'
import type { Load, PaceGrant, PaceReport } from './pace-book.ts'
import { hasToSpare, isIdle, reportOf, takeGrant, type PaceLane } from './pace-lane.ts'

/** Where processes agree on who uses how many slots of each owner's limit. */
export type PaceStore = {
  /** Enters the reports into the common books; what cannot be entered for now is not answered. */
  settle(
    processId: string,
    reports: readonly PaceReport[],
    leaseMs: number,
  ): Promise<{ key: string; grant: PaceGrant }[]>
}

const leaseMs = 5_000
const renewMs = 1_000
/** While slots are about to move between processes. */
const soon = { part: 100, minMs: 20, maxMs: 100 }
/** While calls wait, and others hold slots. */
const hopeful = { part: 40, minMs: 20, maxMs: 250 }
const storeTimeoutMs = 1_500
const retryMs = 250
/** A statement of the store has so many parameters at most; what is left over goes with the next. */
const maxReports = 500

type LaneInUse = { lane: PaceLane; waiting: Load }

export type PaceSyncParts = {
  store: PaceStore
  now: () => number
  lanes: Iterable<LaneInUse>
  /** The lane of that key may start other calls than before. */
  changed: (key: string) => void
  /** Nothing uses the lane of that key any more. */
  forget: (key: string) => void
  onFailure: (error: unknown) => void
}

/** Agrees with the other processes: at once where calls wait for it, else once a second for all lanes together. */
export function createPaceSync(parts: PaceSyncParts) {
  const { store, now, lanes, changed, forget, onFailure } = parts
  const processId = randomUUID()
  const asked = new Set<PaceLane>()
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  /** A report that was given up may still be entered: the next waits for it, so that none overtakes another. */
  let pending: Promise<unknown> | undefined
  let isAway = false
  let isClosed = false

  /** When this lane is to be reported again: soon where slots are about to move, or others may leave some. */
  function dueAt({ lane, waiting }: LaneInUse): number {
    if (lane.isAtRest && waiting.person + waiting.background === 0 && lane.pausedUntil > now())
      return lane.pausedUntil
    if (lane.unsettled || hasToSpare(lane, waiting, now())) return lane.reportedAt + partOfWindow(lane, soon)
    const hopes = lane.shared && (lane.denied.person || lane.denied.background)
    return lane.reportedAt + (hopes ? partOfWindow(lane, hopeful) : renewMs)
  }

  /** Some at a time; what is asked for meanwhile goes with the next. */
  function start(): void {
    if (running || isClosed) return
    clearTimeout(timer)
    timer = undefined
    running = settle().finally(() => {
      running = undefined
      if (asked.size > 0 && !isAway) start()
      else scheduleNext()
    })
  }

  /** Some at a time, those first that were asked for, then those that waited longest. */
  function takeDue(time: number): LaneInUse[] {
    const rank = (inUse: LaneInUse) => (asked.has(inUse.lane) ? -Infinity : dueAt(inUse))
    const due = [...lanes].map((inUse) => ({ inUse, rank: rank(inUse) })).filter(({ rank }) => rank <= time)
    if (due.length > maxReports) due.sort((a, b) => (a.rank < b.rank ? -1 : Number(a.rank > b.rank)))
    const later = due.slice(maxReports).filter(({ rank }) => rank === -Infinity)
    asked.clear()
    for (const { inUse } of later) asked.add(inUse.lane)
    return due.slice(0, maxReports).map(({ inUse }) => inUse)
  }

  /** A report whose time is up before its turn comes is not sent any more: the next says it better. */
  function send(reports: readonly PaceReport[]) {
    let isGivenUp = false
    const sent = (async () => {
      await pending
      if (isGivenUp) throw new Error('the pace store was still busy with an earlier report')
      const answer = store.settle(processId, reports, isClosed ? 0 : leaseMs)
      pending = inTime(answer, leaseMs).catch(() => undefined)
      return answer
    })()
    return inTime(sent, storeTimeoutMs).finally(() => (isGivenUp = true))
  }

  async function settle(): Promise<void> {
    const time = now()
    const grants = new Map<string, PaceGrant>()
    const reports = takeDue(time).map(({ lane, waiting }) => ({
      lane,
      report: reportOf(lane, waiting, time),
    }))
    if (reports.length === 0) return
    try {
      const answers = await send(reports.map(({ report }) => report))
      isAway = false
      for (const { key, grant } of answers) grants.set(key, grant)
    } catch (error) {
      if (!isAway) onFailure(error)
      isAway = true
    }
    for (const { lane, report } of reports) {
      const grant = grants.get(lane.key)
      if (grant) takeGrant(lane, report, grant, { now: now(), reportedAt: time, leaseMs })
      if (lane.isAtRest && isIdle(lane, now())) forget(lane.key)
      else if (grant || isAway) changed(lane.key)
    }
  }

  function scheduleNext(): void {
    if (isClosed) return
    const lookAt = (inUse: LaneInUse) =>
      inUse.lane.contended ? Math.min(dueAt(inUse), now() + partOfWindow(inUse.lane, soon)) : dueAt(inUse)
    const next = Math.min(...[...lanes].map(lookAt))
    if (next === Infinity) return
    timer = setTimeout(start, isAway ? retryMs : Math.max(1, Math.ceil(next - now())))
    timer.unref()
  }

  return {
    /** Reports this lane as soon as possible. */
    ask(lane: PaceLane): void {
      asked.add(lane)
      if (!isAway || timer === undefined) start()
    },

    /** Whether the store cannot be reached. */
    isAway: () => isAway,

    /** Leaves the books: what was used lately counts on until its window is over. */
    async close(): Promise<void> {
      isClosed = true
      clearTimeout(timer)
      await running
      const reports = [...lanes].map(({ lane }) => lastReportOf(lane, now()))
      if (reports.length === 0) return
      await send(reports).catch(onFailure)
    },
  }
}

function lastReportOf(lane: PaceLane, time: number): PaceReport {
  const report = reportOf({ ...lane, allowed: { all: 0, background: 0 } }, { person: 0, background: 0 }, time)
  return { ...report, headroom: 0 }
}

function partOfWindow({ limit }: PaceLane, { part, minMs, maxMs }: typeof soon): number {
  return Math.min(maxMs, Math.max(minMs, limit.intervalMs / part))
}
