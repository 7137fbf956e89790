import { describe, expect, it } from 'vitest'
import { senderToE164, toE164, waysToWrite } from '../../server/providers/phone-rules.ts'

describe('a number as people and the CRM write it', () => {
  it.each([
    ['+13125550142', 'US', '+13125550142'],
    ['+13125550142', 'DE', '+13125550142'],
    ['+1 (312) 555-0142', null, '+13125550142'],
    ['(312) 555-0142', 'US', '+13125550142'],
    ['312-555-0142', 'US', '+13125550142'],
    ['1 312 555 0142', 'US', '+13125550142'],
    ['020 7183 8750', 'GB', '+442071838750'],
    ['0044 20 7183 8750', 'GB', '+442071838750'],
    ['01511 2345678', 'DE', '+4915112345678'],
    // Its + was lost: no number of Germany that begins with 49.
    ['4915112345678', 'DE', '+4915112345678'],
    ['4915112345678', 'US', '+4915112345678'],
    ['13125550142', null, '+13125550142'],
  ])('When it is %s in %s, then it is %s', (written, country, phone) => {
    expect(toE164(written, country)).toBe(phone)
  })

  it.each(['', 'Jordan', '12', '+', '+999', '(312) 555'])('When it is %j, then it is none', (written) => {
    expect(toE164(written, 'US')).toBeUndefined()
  })
})

describe('a number as another system tells it', () => {
  it.each([
    ['+13125550142', 'DE', '+13125550142'],
    // Put before a national number: there is no such number in the Netherlands.
    ['+3125550142', 'US', '+13125550142'],
    ['+3125550142', null, '+3125550142'],
  ])('When it is %s in %s, then it is %s', (told, country, phone) => {
    expect(senderToE164(told, country)).toBe(phone)
  })
})

it('When a contact is looked for, then by each way to write its number, none twice', () => {
  const ways = waysToWrite('+13125550142')
  expect(ways[0]).toBe('+13125550142')
  expect(ways).toEqual(
    expect.arrayContaining(['13125550142', '3125550142', '(312) 555-0142', '312-555-0142']),
  )
  expect(new Set(ways).size).toBe(ways.length)
})
