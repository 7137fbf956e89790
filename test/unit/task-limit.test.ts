import { describe, expect, it } from 'vitest'
import { createTaskLimit } from '../../server/installations/task-limit.ts'

describe('task limit', () => {
  it('When more tasks come than may run, then they run in order and never more at a time', async () => {
    const limit = createTaskLimit(2)
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<number>())
    const log: string[] = []
    const all = gates.map(({ promise }, place) =>
      limit(async () => {
        log.push(`start ${place}`)
        const result = await promise
        log.push(`end ${place}`)
        return result
      }),
    )
    gates.forEach(({ resolve }, place) => resolve(place))
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4])
    let running = 0
    const busiest = Math.max(...log.map((line) => (running += line.startsWith('start') ? 1 : -1)))
    expect(busiest).toBe(2)
    expect(log.filter((line) => line.startsWith('start'))).toEqual(
      [0, 1, 2, 3, 4].map((place) => `start ${place}`),
    )
  })

  it('When a task fails, then the next one still runs', async () => {
    const limit = createTaskLimit(1)
    const failing = limit(() => Promise.reject(new Error('no')))
    const next = limit(async () => 'yes')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })
})
