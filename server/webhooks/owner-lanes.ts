import { setTimeout as pause } from 'node:timers/promises'
import { bulkhead } from 'cockatiel'

/** How many owners' batches run at a time. */
const places = 4
const maxBatch = 200
/** So many of one owner's may wait, and so many of all; what comes beyond that is left out. */
const maxWaiting = { owner: 1_000, all: 10_000 }
/** From so many on, more in a batch cost hardly anything: the owner's next batch waits a moment to be a full one. */
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
}) {
  const { ownerOf, run } = parts
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
      if (size >= floodSize && waiting.length < maxBatch) await pause(floodPauseMs)
    }
    lanes.delete(owner)
  }

  function addTo(owner: string, items: readonly Item[]): void {
    const lane = lanes.get(owner)
    const room = Math.min(maxWaiting.owner - (lane?.waiting.length ?? 0), maxWaiting.all - waitingCount)
    const taken = items.slice(0, Math.max(0, room))
    waitingCount += taken.length
    if (lane) lane.waiting.push(...taken)
    else if (taken.length > 0) lanes.set(owner, { waiting: taken, emptied: empty(owner, taken) })
  }

  return {
    add(items: readonly Item[]): void {
      if (closing.signal.aborted) return
      for (const [owner, owned] of Map.groupBy(items, ownerOf)) addTo(owner, owned)
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
