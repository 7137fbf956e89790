import { describe, expect, it } from 'vitest'
import { BoundedMap } from '../../server/bounded-map.ts'

describe('a bounded map', () => {
  it('When there are too many, then the one set longest ago goes', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1).set('b', 2).set('a', 3).set('c', 4)
    expect([...map]).toEqual([
      ['a', 3],
      ['c', 4],
    ])
  })
})
