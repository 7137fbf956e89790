import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../logger.ts'

/** Several looks within the half minute in which the platform repeats its answer. */
const settleEveryMs = 5_000
/** A process that still runs with the keys in their former order goes on to seal under an older one. */
const resealEveryMs = 3_600_000
const resealAgainMs = 60_000
const clockEveryMs = 1_000

export type InstallationWatch = ReturnType<typeof createInstallationWatch>

/**
 * What every process does for the stored installations by itself, from its start on. Sealing anew is no job of the
 * queue, which might give it to a process that still runs with the keys from before.
 */
export function createInstallationWatch(parts: {
  upkeep: {
    /** Both end early when they are told to stop. */
    settleRefreshes: (stopped: AbortSignal) => Promise<void>
    resealTokens: (stopped: AbortSignal) => Promise<void>
  }
  logger: Logger
  now: () => number
}) {
  const { upkeep, logger, now } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  let watching: Promise<unknown> | undefined

  const wait = (ms: number) => pause(ms, undefined, { signal, ref: false }).catch(() => undefined)

  async function attempt(work: () => Promise<void>, failure: string): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      logger.warn({ err: error }, failure)
      return false
    }
  }

  async function settleSteadily(): Promise<void> {
    while (!signal.aborted) {
      await attempt(
        () => upkeep.settleRefreshes(signal),
        'refreshes without an outcome could not be looked for',
      )
      await wait(settleEveryMs)
    }
  }

  async function resealSteadily(): Promise<void> {
    const failure = 'stored tokens could not be sealed under the newest key, will be tried again'
    for (let dueAt = -Infinity; !signal.aborted; await wait(clockEveryMs)) {
      if (now() < dueAt) continue
      const isDone = await attempt(() => upkeep.resealTokens(signal), failure)
      dueAt = now() + (isDone ? resealEveryMs : resealAgainMs)
    }
  }

  return {
    start(): void {
      watching ??= Promise.all([settleSteadily(), resealSteadily()])
    },

    async stop(): Promise<void> {
      stopping.abort()
      await watching
    },
  }
}
