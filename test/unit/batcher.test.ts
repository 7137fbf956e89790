import { describe, expect, it } from 'vitest'
import { createBatcher } from '../../server/batcher.ts'

/** Statements that end when the test says so. */
function startBatcher(parts: { maxRows?: number; isOfOneRow?: (error: unknown) => boolean } = {}) {
  const statements: { rows: string[]; end: (error?: Error) => void }[] = []
  const run = createBatcher<string, string>({
    runAll: (rows) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>()
      const end = (error?: Error) => (error ? reject(error) : resolve(rows.map((row) => `${row}!`)))
      statements.push({ rows, end })
      return promise
    },
    maxRows: 3,
    ...parts,
  })
  const started = async (count: number) => {
    await expect.poll(() => statements.length).toBe(count)
    const statement = statements[count - 1]
    if (!statement) throw new Error('there is no such statement')
    return statement
  }
  return { run, statements, started }
}

describe('batcher', () => {
  it('When a row comes alone, then its statement begins at once', () => {
    const { run, statements } = startBatcher()
    void run('a')
    expect(statements).toMatchObject([{ rows: ['a'] }])
  })

  it('When more come meanwhile, then they share the next one, and each gets its own result', async () => {
    const { run, started } = startBatcher()
    const all = Promise.all(['a', 'b', 'c'].map(run))
    const first = await started(1)
    expect(first.rows).toEqual(['a'])
    first.end()
    const second = await started(2)
    expect(second.rows).toEqual(['b', 'c'])
    second.end()
    expect(await all).toEqual(['a!', 'b!', 'c!'])
  })

  it('When more come than one statement may hold, then the rest goes with the one after', async () => {
    const { run, started } = startBatcher()
    const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map(run))
    for (const [place, rows] of [['a'], ['b', 'c', 'd'], ['e']].entries()) {
      const statement = await started(place + 1)
      expect(statement.rows).toEqual(rows)
      statement.end()
    }
    expect(await all).toHaveLength(5)
  })

  it('When a statement fails, then all of its rows do, and the next ones are not hindered', async () => {
    const { run, started } = startBatcher()
    const all = Promise.allSettled(['a', 'b', 'c'].map(run))
    ;(await started(1)).end()
    ;(await started(2)).end(new Error('no database'))
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    const later = run('d')
    ;(await started(3)).end()
    expect(await later).toBe('d!')
  })

  it('When one row spoils it for the others, then each is tried by itself', async () => {
    const { run, started } = startBatcher({ isOfOneRow: () => true })
    const all = Promise.allSettled(['a', 'bad', 'c'].map(run))
    ;(await started(1)).end()
    ;(await started(2)).end(new Error('a row is refused'))
    ;(await started(3)).end(new Error('a row is refused'))
    ;(await started(4)).end()
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
