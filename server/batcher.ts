import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pause } from 'node:timers/promises'

type Waiting<Row, Result> = {
  row: Row
  resolve: (result: Result) => void
  reject: (error: unknown) => void
  /** Runs a statement in the context of whoever waits for it. */
  within: <T>(run: () => T) => T
}

/** Once several came at a time, the next statement waits at most so long for more. */
const gatherMs = 5
const gatherStepMs = 2

/**
 * Runs a statement for each row as soon as none is under way, and then one for all that came meanwhile: under load that
 * is one round trip and one commit for many, and a lone row never waits for others. A row sees all that was committed
 * before it came.
 * @returns resolves with the row's own result, once its statement has ended
 */
export function createBatcher<Row, Result>(parts: {
  /** @returns a result for each row, in their order */
  runAll: (rows: Row[]) => Promise<Result[]>
  /** As many rows as one statement may well hold. Default: 200. */
  maxRows?: number
  /** Whether one row may have spoilt it for the others, which are then tried one by one. */
  isOfOneRow?: (error: unknown) => boolean
}): (row: Row) => Promise<Result> {
  const { runAll, maxRows = 200, isOfOneRow = () => false } = parts
  let waiting: Waiting<Row, Result>[] = []
  let isRunning = false

  async function run(batch: readonly Waiting<Row, Result>[]): Promise<void> {
    try {
      const results = await batch[0]?.within(() => runAll(batch.map(({ row }) => row)))
      for (const [place, { resolve }] of batch.entries()) resolve(results?.[place] as Result)
    } catch (error) {
      if (batch.length > 1 && isOfOneRow(error)) for (const alone of batch) await run([alone])
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

  async function runWaiting(): Promise<void> {
    isRunning = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxRows)
      waiting = waiting.slice(maxRows)
      await run(batch)
      if (batch.length > 1) await gather()
    }
    isRunning = false
  }

  return (row) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    waiting.push({ row, resolve, reject, within: AsyncLocalStorage.snapshot() })
    if (!isRunning) void runWaiting()
    return promise
  }
}
