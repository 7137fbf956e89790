/** As many rows as a statement may well hold. */
const maxBatch = 500

type Waiting<Row> = { row: Row; resolve: () => void; reject: (error: unknown) => void }

/**
 * Writes each row as soon as nobody else is writing, and then all that came meanwhile in one statement: under load
 * that is one commit for many.
 * @returns resolves once the row is written
 */
export function createBatchWriter<Row>(
  writeAll: (rows: Row[]) => Promise<void>,
): (row: Row) => Promise<void> {
  let waiting: Waiting<Row>[] = []
  let writing = false

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch)
      waiting = waiting.slice(maxBatch)
      try {
        await writeAll(batch.map(({ row }) => row))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    writing = false
  }

  return (row) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    waiting.push({ row, resolve, reject })
    if (!writing) {
      writing = true
      void writeWaiting()
    }
    return promise
  }
}
