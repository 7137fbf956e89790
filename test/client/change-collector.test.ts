import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createChangeCollector } from '../../client/composables/change-collector.ts'

type Read = { atMs: number; subject: string; parts: string[] }

function startCollector() {
  const startedAtMs = Date.now()
  const reads: Read[] = []
  const state = { isPaused: false, fails: 0, readMs: 0, spreadMs: 0 }
  const collector = createChangeCollector<string>({
    reread: async (subject, parts) => {
      reads.push({ atMs: Date.now() - startedAtMs, subject, parts: [...parts].sort() })
      await new Promise((resolve) => {
        setTimeout(resolve, state.readMs)
      })
      if (state.fails > 0) {
        state.fails -= 1
        throw new Error('no answer')
      }
    },
    isPaused: () => state.isPaused,
    mostRestMs: () => 8_000,
    spreadMs: () => state.spreadMs,
    elapsed: () => Date.now(),
  })
  return { collector, reads, state }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('gathering of changes', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('When many changes come together, then each subject is read once with all that changed', async () => {
    const { collector, reads } = startCollector()
    for (let turn = 0; turn < 50; turn += 1) collector.add('a', [turn % 2 === 0 ? 'thread' : 'tasks'])
    collector.add('b', ['thread'])
    await pass(1_000)
    expect(reads).toMatchObject([
      { subject: 'a', parts: ['tasks', 'thread'] },
      { subject: 'b', parts: ['thread'] },
    ])
    expect(reads[0]?.atMs).toBeLessThan(200)
  })

  test('When something changes all the time, then it is read ever more rarely; after a rest, at once again', async () => {
    const { collector, reads } = startCollector()
    for (let turn = 0; turn < 600; turn += 1) {
      collector.add('a', ['list'])
      await pass(100)
    }
    expect(reads.length).toBeLessThan(14)
    const last = reads.at(-1)?.atMs ?? 0
    const beforeLast = reads.at(-2)?.atMs ?? 0
    expect(last - beforeLast).toBeLessThan(8_500)
    await pass(60_000)
    const count = reads.length
    collector.add('a', ['list'])
    await pass(200)
    expect(reads).toHaveLength(count + 1)
  })

  test('When something changes while it is read, then it is read once more afterwards, never twice at a time', async () => {
    const { collector, reads, state } = startCollector()
    state.readMs = 2_000
    collector.add('a', ['thread'])
    await pass(500)
    collector.add('a', ['thread'])
    collector.add('a', ['notes'])
    await pass(1_500)
    expect(reads).toHaveLength(1)
    await pass(5_000)
    expect(reads.map(({ parts }) => parts)).toEqual([['thread'], ['notes', 'thread']])
  })

  test('When reading fails, then it is tried again, but not for ever', async () => {
    const { collector, reads, state } = startCollector()
    state.fails = 1
    collector.add('a', ['thread'])
    await pass(20_000)
    expect(reads).toHaveLength(2)
    state.fails = 99
    collector.add('a', ['thread'])
    await pass(10 * 60_000)
    expect(reads).toHaveLength(2 + 4)
  })

  test('When the way to the server is back, then what failed and what was given up is read at once', async () => {
    const { collector, reads, state } = startCollector()
    state.fails = 1
    collector.add('a', ['thread'])
    await pass(200)
    collector.hurry()
    await pass(200)
    expect(reads.map(({ parts }) => parts)).toEqual([['thread'], ['thread']])

    state.fails = 99
    collector.add('b', ['notes'])
    await pass(10 * 60_000)
    const count = reads.length
    state.fails = 0
    collector.hurry()
    await pass(200)
    expect(reads.slice(count)).toMatchObject([{ subject: 'b', parts: ['notes'] }])
    collector.hurry()
    await pass(10 * 60_000)
    expect(reads).toHaveLength(count + 1)
  })

  test('When it is paused, then nothing is read and nothing forgotten', async () => {
    const { collector, reads, state } = startCollector()
    state.isPaused = true
    collector.add('a', ['thread'])
    await pass(60_000)
    expect(reads).toEqual([])
    state.isPaused = false
    collector.resume()
    await pass(200)
    expect(reads).toHaveLength(1)
  })

  test('When a read is to be spread, then it waits that long besides, also after a rest', async () => {
    const { collector, reads, state } = startCollector()
    state.spreadMs = 2_000
    collector.add('a', ['list'])
    await pass(1_900)
    expect(reads).toEqual([])
    await pass(300)
    expect(reads).toHaveLength(1)
    collector.add('a', ['list'])
    await pass(2_400)
    expect(reads).toHaveLength(1)
    await pass(300)
    expect(reads).toHaveLength(2)
  })

  test('When it is closed, then nothing is read any more', async () => {
    const { collector, reads } = startCollector()
    collector.add('a', ['thread'])
    collector.close()
    collector.add('a', ['thread'])
    await pass(60_000)
    expect(reads).toEqual([])
  })
})
