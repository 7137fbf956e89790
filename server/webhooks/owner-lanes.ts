import { setTimeout as pause } from 'node:timers/promises'
import { bulkhead } from 'cockatiel'

/** How many owners' batches run at a time. */
const places = 4
const maxBatch = 500
/** From so many on, more in a batch cost hardly anything: the owner's next batch waits a moment for them. */
const floodSize = 20
const floodPauseMs = 200

/**
 * Runs what comes in batches: one at a time of each owner, in the order in which they came, and of some owners side by
 * side, so that none waits for a busy one.
 */
export function createOwnerLanes<Item>(parts: {
  ownerOf: (item: Item) => string
  /** Never rejects. */
  run: (batch: Item[]) => Promise<void>
  /** What comes while so many wait is left out. */
  maxWaiting: number
}) {
  const { ownerOf, run, maxWaiting } = parts
  const atOnce = bulkhead(places, Number.POSITIVE_INFINITY)
  const lanes = new Map<string, { waiting: Item[]; emptied: Promise<void> }>()
  let waitingCount = 0
  const closing = new AbortController()

  async function runNext(waiting: Item[]): Promise<number> {
    const batch = waiting.splice(0, maxBatch)
    waitingCount -= batch.length
    await run(batch)
    return batch.length
  }

  async function empty(owner: string, waiting: Item[]): Promise<void> {
    while (waiting.length > 0 && !closing.signal.aborted) {
      const size = await atOnce.execute(() => runNext(waiting))
      if (size >= floodSize) await pause(floodPauseMs)
    }
    lanes.delete(owner)
  }

  return {
    add(items: readonly Item[]): void {
      if (closing.signal.aborted) return
      const taken = items.slice(0, Math.max(0, maxWaiting - waitingCount))
      waitingCount += taken.length
      for (const [owner, owned] of Map.groupBy(taken, ownerOf)) {
        const lane = lanes.get(owner)
        if (lane) lane.waiting.push(...owned)
        else lanes.set(owner, { waiting: owned, emptied: empty(owner, owned) })
      }
    },

    /** Resolves once nothing waits or runs; meanwhile more may come. */
    async idle(): Promise<void> {
      while (lanes.size > 0) await Promise.all([...lanes.values()].map(({ emptied }) => emptied))
    },

    /** Begins nothing any more. */
    close(): void {
      closing.abort()
    },
  }
}
