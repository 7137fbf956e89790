import type { Clock } from '../support/clock.ts'

type Planned = {
  dueMs: number
  run: () => void
  /** Runs when the sandbox settles, whatever the clock says. */
  settles: boolean
}

/** What happens later by the sandbox's clock, and what is under way now. */
export type Scheduler = {
  /** @returns how to call it off */
  after(delayMs: number, run: () => void, options?: { settles?: boolean }): () => void
  /** Counts a piece of work under way until it ends. */
  track(work: Promise<unknown>): void
  /** Brings all to rest: what was due soon is run at once, and what is under way is awaited. */
  settle(): Promise<void>
  close(): Promise<void>
}

export function createScheduler(clock: Clock): Scheduler {
  const planned = new Set<Planned>()
  const underWay = new Set<Promise<unknown>>()
  let timer: NodeJS.Timeout | undefined

  const runAll = (chosen: Planned[]) => {
    for (const one of chosen.sort((a, b) => a.dueMs - b.dueMs)) {
      if (planned.delete(one)) one.run()
    }
    setTimer()
  }
  const runDue = () => runAll([...planned].filter(({ dueMs }) => dueMs <= clock.now()))

  function setTimer(): void {
    clearTimeout(timer)
    if (!clock.ticking || planned.size === 0) return
    const nextMs = Math.min(...[...planned].map(({ dueMs }) => dueMs))
    timer = setTimeout(runDue, Math.min(Math.max(nextMs - clock.now(), 0), 60_000))
    timer.unref()
  }
  const stopListening = clock.onAdvance(runDue)

  return {
    after(delayMs, run, { settles = true } = {}) {
      const one = { dueMs: clock.now() + delayMs, run, settles }
      planned.add(one)
      setTimer()
      return () => void planned.delete(one)
    },
    track(work) {
      const ended = () => void underWay.delete(settled)
      const settled: Promise<void> = work.then(ended, ended)
      underWay.add(settled)
    },
    async settle() {
      for (;;) {
        const soon = [...planned].filter(({ settles }) => settles)
        if (soon.length === 0 && underWay.size === 0) return
        runAll(soon)
        await Promise.all(underWay)
      }
    },
    async close() {
      stopListening()
      clearTimeout(timer)
      planned.clear()
      await Promise.all(underWay)
    },
  }
}
