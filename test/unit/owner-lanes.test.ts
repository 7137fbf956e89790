import { describe, expect, test } from 'vitest'
import { createOwnerLanes } from '../../server/webhooks/owner-lanes.ts'

type Item = { owner: string; number: number }

/** Lanes whose batches run until they are let go. */
function startLanes() {
  let running: (() => void)[] = []
  const begun: Item[][] = []
  const lanes = createOwnerLanes<Item>({
    ownerOf: ({ owner }) => owner,
    run: (batch) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      begun.push(batch)
      running.push(resolve)
      return promise
    },
  })
  return {
    lanes,
    begun: () => begun.map((batch) => batch.map(({ owner, number }) => `${owner}${number}`).join(' ')),
    sizes: (owner: string) => begun.filter((batch) => batch[0]?.owner === owner).map(({ length }) => length),
    /** Ends all that run now, and lets the next begin. */
    async endRunning(): Promise<void> {
      const ending = running
      running = []
      for (const end of ending) end()
      await new Promise(setImmediate)
    },
  }
}

const items = (owner: string, ...numbers: number[]): Item[] => numbers.map((number) => ({ owner, number }))
const many = (owner: string, count: number): Item[] =>
  items(owner, ...Array.from({ length: count }, (_, number) => number))

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

  test('When one owner floods, then its batches are bounded, what has no room is left out, and others have room', async () => {
    const { lanes, begun, sizes, endRunning } = startLanes()
    lanes.add(many('busy', 1))
    lanes.add(many('busy', 5_000))
    lanes.add(items('calm', 1))
    expect(begun()).toEqual(['busy0', 'calm1'])
    for (let batch = 0; batch < 6; batch += 1) await endRunning()
    await lanes.idle()
    expect(sizes('busy')).toEqual([1, 200, 200, 200, 200, 200])
  })

  test('When very many owners flood, then all together have a bound, and later ones have room again', async () => {
    const { lanes, sizes, endRunning } = startLanes()
    lanes.add(Array.from({ length: 12 }, (_, owner) => many(`o${owner}-`, 1_000)).flat())
    // Four began with 200 each, when the others came.
    expect(sizes('o0-')).toEqual([200])
    for (let batch = 0; batch < 20; batch += 1) await endRunning()
    const taken = () =>
      Array.from({ length: 12 }, (_, owner) => sizes(`o${owner}-`).reduce((sum, size) => sum + size, 0))
    expect(taken()).toEqual([...Array.from({ length: 10 }, () => 1_000), 800, 0])
    lanes.add(items('late', 1))
    await endRunning()
    expect(sizes('late')).toEqual([1])
    await endRunning()
    await lanes.idle()
  })

  test('When many came at once, then the next of that owner wait for one another, and those of others do not', async () => {
    const { lanes, sizes, endRunning } = startLanes()
    lanes.add(many('busy', 20))
    lanes.add(many('calm', 19))
    await endRunning()
    for (let number = 0; number < 3; number += 1) {
      lanes.add([...items('busy', number), ...items('calm', number)])
      await endRunning()
    }
    expect(sizes('calm')).toEqual([19, 1, 1, 1])
    await expect.poll(() => sizes('busy').reduce((sum, size) => sum + size, 0)).toBe(23)
    expect(sizes('busy').length).toBeLessThan(4)
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
