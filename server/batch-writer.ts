import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pause } from 'node:timers/promises'

type Waiting<Row, Result> = {
  row: Row
  resolve: (result: Result) => void
  reject: (error: unknown) => void
  /** Runs a write in the context of whoever waits for it. */
  within: <T>(write: () => T) => T
}

const gatherStepMs = 2

/**
 * Writes each row as soon as nothing is being written, and then all that came meanwhile in one go: under load that is
 * one commit for many, and a lone row never waits for others.
 * @returns resolves with the row's own result, once it is written
 */
export function createBatchWriter<Row, Result>(parts: {
  /** @returns a result for each row, in their order */
  writeAll: (rows: Row[]) => Promise<Result[]>
  /** As many rows as one write may well hold. */
  maxRows: number
  /** Once several came at a time, the next write waits at most so long for more. */
  gatherMs?: number
  /** Whether one row may have spoilt it for the others, which are then written one by one. */
  isOfOneRow?: (error: unknown) => boolean
}): (row: Row) => Promise<Result> {
  const { writeAll, maxRows, gatherMs = 0, isOfOneRow = () => false } = parts
  let waiting: Waiting<Row, Result>[] = []
  let isWriting = false

  async function write(batch: readonly Waiting<Row, Result>[]): Promise<void> {
    try {
      const results = await batch[0]?.within(() => writeAll(batch.map(({ row }) => row)))
      for (const [place, { resolve }] of batch.entries()) resolve(results?.[place] as Result)
    } catch (error) {
      if (batch.length > 1 && isOfOneRow(error)) for (const alone of batch) await write([alone])
      else for (const { reject } of batch) reject(error)
    }
  }

  /** As long as more keep coming. */
  async function gather(): Promise<void> {
    const endsAt = performance.now() + gatherMs
    for (let before = -1; waiting.length > before && performance.now() < endsAt; await pause(gatherStepMs)) {
      before = waiting.length
    }
  }

  async function writeWaiting(): Promise<void> {
    isWriting = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxRows)
      waiting = waiting.slice(maxRows)
      await write(batch)
      if (batch.length > 1 && gatherMs > 0) await gather()
    }
    isWriting = false
  }

  return (row) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    waiting.push({ row, resolve, reject, within: AsyncLocalStorage.snapshot() })
    if (!isWriting) void writeWaiting()
    return promise
  }
}
