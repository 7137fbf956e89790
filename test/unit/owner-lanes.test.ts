import { describe, expect, test } from 'vitest'
import { createOwnerLanes } from '../../server/webhooks/owner-lanes.ts'

type Item = { owner: string; number: number }

/** Lanes whose batches run until they are let go. */
function startLanes(maxWaiting = 100) {
  const running: { batch: Item[]; end: () => void }[] = []
  const begun: Item[][] = []
  const lanes = createOwnerLanes<Item>({
    ownerOf: ({ owner }) => owner,
    run: (batch) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      begun.push(batch)
      running.push({ batch, end: resolve })
      return promise
    },
    maxWaiting,
  })
  return {
    lanes,
    begun: () => begun.map((batch) => batch.map(({ owner, number }) => `${owner}${number}`).join(' ')),
    /** Ends all that run now, and lets the next begin. */
    async endRunning(): Promise<void> {
      for (const { end } of running.splice(0)) end()
      await new Promise(setImmediate)
    },
  }
}

const items = (owner: string, ...numbers: number[]): Item[] => numbers.map((number) => ({ owner, number }))

describe('lanes', () => {
  test('When an owner is busy, then what comes meanwhile is one batch in its order, and others do not wait', async () => {
    const { lanes, begun, endRunning } = startLanes()
    lanes.add(items('a', 1))
    lanes.add([...items('a', 2), ...items('b', 1)])
    lanes.add(items('a', 3))
    expect(begun()).toEqual(['a1', 'b1'])
    await endRunning()
    expect(begun()).toEqual(['a1', 'b1', 'a2 a3'])
    await endRunning()
    await lanes.idle()
  })

  test('When many owners come at once, then four run at a time and each has its turn', async () => {
    const { lanes, begun, endRunning } = startLanes()
    const owners = ['a', 'b', 'c', 'd', 'e', 'f']
    lanes.add(owners.flatMap((owner) => items(owner, 1)))
    lanes.add(items('a', 2))
    expect(begun()).toEqual(['a1', 'b1', 'c1', 'd1'])
    await endRunning()
    expect(begun().slice(4).toSorted()).toEqual(['a2', 'e1', 'f1'])
    await endRunning()
    await lanes.idle()
  })

  test('When more wait than there is room for, then the rest is left out, and later ones have room again', async () => {
    const { lanes, begun, endRunning } = startLanes(3)
    lanes.add(items('a', 1))
    lanes.add(items('a', 2, 3, 4, 5))
    await endRunning()
    lanes.add(items('b', 1))
    expect(begun()).toEqual(['a1', 'a2 a3 a4', 'b1'])
    await endRunning()
    await lanes.idle()
  })

  test('When a flood comes, then its batches are bounded and nothing of it is left out', async () => {
    const { lanes, begun, endRunning } = startLanes(2_000)
    lanes.add(items('a', ...Array.from({ length: 1_100 }, (_, number) => number)))
    const sizes = () => begun().map((batch) => batch.split(' ').length)
    expect(sizes()).toEqual([500])
    await endRunning()
    await expect.poll(sizes).toEqual([500, 500])
    await endRunning()
    await expect.poll(sizes).toEqual([500, 500, 100])
    await endRunning()
    await lanes.idle()
  })

  test('When they are closed, then what runs ends and nothing begins', async () => {
    const { lanes, begun, endRunning } = startLanes()
    lanes.add(items('a', 1))
    lanes.add(items('a', 2))
    lanes.close()
    lanes.add(items('b', 1))
    await endRunning()
    await lanes.idle()
    expect(begun()).toEqual(['a1'])
  })
})
