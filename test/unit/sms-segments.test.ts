import { SegmentedMessage } from 'sms-segments-calculator'
import { describe, expect, test } from 'vitest'
import { countSmsSegments } from '../../shared/sms-segments.ts'

/** What the calculator of a large carrier says. */
function oracle(text: string) {
  const message = new SegmentedMessage(text)
  return { encoding: message.encodingName, segments: message.segmentsCount }
}

function counted(text: string) {
  const { encoding, segments } = countSmsSegments(text)
  return { encoding, segments }
}

const family = '👨‍👩‍👧‍👦'

const samples: [string, string][] = [
  ['one plain segment, full', 'a'.repeat(160)],
  ['one character more than a plain segment', 'a'.repeat(161)],
  ['two plain segments, full', 'a'.repeat(306)],
  ['three plain segments', 'a'.repeat(307)],
  ['an extension character at the end of a segment', `${'a'.repeat(159)}€`],
  ['an extension character across the cut', `${'a'.repeat(152)}€${'a'.repeat(20)}`],
  ['only extension characters', '[]{}~^|\\€'.repeat(20)],
  ['a typographic apostrophe', 'I’ll call you'],
  ['a full segment in UCS-2', 'ж'.repeat(70)],
  ['one more than a segment in UCS-2', 'ж'.repeat(71)],
  ['an emoji across the cut', `${'ж'.repeat(66)}😀${'ж'.repeat(10)}`],
  ['a family of emoji across the cut', `${'ж'.repeat(60)}${family}${'ж'.repeat(30)}`],
  ['flags', '🇩🇪🇫🇷🇯🇵'.repeat(12)],
  ['letters with combining marks', 'e\u0301a\u0308'.repeat(40)],
  ['line breaks', 'one\ntwo\nthree'],
  ['Windows line breaks', `one\r\ntwo ${'a'.repeat(150)}`],
  ['Greek capitals that are plain and letters that are not', 'ΔΦΓ α'],
]

describe('SMS segments', () => {
  test.each(samples)('When the text has %s, then it costs what the carrier counts', (_name, text) => {
    expect(counted(text)).toEqual(oracle(text))
  })

  test('When any single character is sent, then its encoding is the one the carrier chooses', () => {
    const characters = Array.from({ length: 0xffff }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCharCode(code))
    const differing = characters.filter(
      (character) => countSmsSegments(character).encoding !== new SegmentedMessage(character).encodingName,
    )
    expect(differing).toEqual([])
  })

  test('When there is no text, then it costs nothing', () => {
    expect(countSmsSegments('')).toEqual({ encoding: 'GSM-7', segments: 0, unitsLeft: 160, costly: [] })
  })

  test('When costly characters are used, then each is named once, as a person sees it', () => {
    expect(countSmsSegments(`It’s ’ok’ ${family}`).costly).toEqual(['’', family])
  })

  test('When a segment is partly used, then what is left of it is told', () => {
    expect(countSmsSegments('a'.repeat(150)).unitsLeft).toBe(10)
    expect(countSmsSegments('€').unitsLeft).toBe(158)
    expect(countSmsSegments('a'.repeat(161)).unitsLeft).toBe(145)
  })
})
