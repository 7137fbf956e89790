import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRequestPacer, type Priority } from '../../server/highlevel/request-pacer.ts'
import { createStartTurns } from '../../server/highlevel/start-turns.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function startPacer() {
  const pacer = createRequestPacer({ now: Date.now })
  const started: string[] = []
  const run = (key: string, calls: number, priority: Priority = 'background') => {
    for (let place = 0; place < calls; place += 1) {
      void pacer.acquire(key, Infinity, priority).then(() => started.push(key))
    }
  }
  return { run, started }
}

/** All that can run before the event loop turns. */
const restOfTurn = async () => {
  for (let step = 0; step < 50; step += 1) await Promise.resolve()
}

/** Both locations have slots by now. */
async function startWithSlots() {
  const pacer = startPacer()
  pacer.run('busy', 1, 'person')
  pacer.run('other', 1, 'person')
  await vi.advanceTimersByTimeAsync(10)
  pacer.started.length = 0
  return pacer
}

describe('background calls that may all start at once', () => {
  it('When ninety may start, then a few do in each turn of the event loop, and all do in the end', async () => {
    const { run, started } = await startWithSlots()
    run('busy', 90)
    await restOfTurn()
    expect(started.length).toBeGreaterThan(0)
    expect(started.length).toBeLessThan(20)
    await vi.advanceTimersByTimeAsync(50)
    expect(started).toHaveLength(90)
  })

  it('When a person calls meanwhile, then that call does not wait for them', async () => {
    const { run, started } = await startWithSlots()
    run('busy', 90)
    run('other', 1, 'person')
    await restOfTurn()
    expect(started).toContain('other')
    expect(started.length).toBeLessThan(20)
  })

  it('When one location has many and others few, then the few do not wait for the many', async () => {
    type Line = { name: string; waiting: number }
    const started: string[] = []
    const turns = createStartTurns<Line>({ perTurn: 4, resume: advance })
    function advance(line: Line): void {
      for (; line.waiting > 0; line.waiting -= 1) {
        if (turns.isSpent()) return turns.postpone(line)
        turns.begin()
        started.push(line.name)
      }
    }
    const lines = [
      { name: 'busy', waiting: 40 },
      { name: 'busier', waiting: 60 },
      { name: 'quiet', waiting: 1 },
    ]
    for (const line of lines) advance(line)
    await vi.advanceTimersByTimeAsync(100)
    expect(started).toHaveLength(101)
    expect(started.indexOf('quiet')).toBeLessThanOrEqual(12)
  })
})
