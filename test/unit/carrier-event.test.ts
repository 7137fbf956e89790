import { describe, expect, it } from 'vitest'
import { keyOfEvent } from '../../server/providers/carrier-event.ts'

const phone = '+14155550171'
const key = (kind: 'opt_out' | 'opt_in', nowMs: number, at: Date | null = null) =>
  keyOfEvent('connection-1', { kind, phone, at }, nowMs)

describe('what another system tells twice', () => {
  it('When an opt-out without a time comes again, then it is no repeat: there may have been an opt-in between', () => {
    expect(key('opt_out', 1_000)).not.toBe(key('opt_out', 2_000))
  })

  it('When an opt-in without a time comes again within minutes, then it is a repeat', () => {
    expect(key('opt_in', 1_000)).toBe(key('opt_in', 2_000))
  })

  it('When an event with a time comes again, then it is a repeat, whenever it comes', () => {
    const at = new Date('2026-11-20T10:00:00Z')
    expect(key('opt_out', 1_000, at)).toBe(key('opt_out', 99_000_000, at))
  })
})
