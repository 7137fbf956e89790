/** One septet each in GSM 03.38. */
const gsmBasic = new Set(
  '\n\r !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz' +
    '¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ',
)
/** Two septets each: an escape and the character. */
const gsmExtension = new Set('\f[\\]^{|}~€')

/** Units a segment holds: alone, or as one of several (each then carries a header). */
const capacity = {
  'GSM-7': { single: 160, part: 153 },
  'UCS-2': { single: 70, part: 67 },
} as const

export type SmsEncoding = keyof typeof capacity

export type SmsSegments = {
  encoding: SmsEncoding
  /** What the carrier charges for; 0 for no text. */
  segments: number
  /** Units (septets or UTF-16 code units) left in the last segment. */
  unitsLeft: number
  /** The characters that force UCS-2, each once, as a person sees them. */
  costly: string[]
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** What a person sees as one character; only a Windows line break counts as the two it is sent as. */
function splitCharacters(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment).flatMap((character) =>
    character === '\r\n' ? ['\r', '\n'] : [character],
  )
}

function isGsm(character: string): boolean {
  return gsmBasic.has(character) || gsmExtension.has(character)
}

function unitsOf(character: string, encoding: SmsEncoding): number {
  if (encoding === 'UCS-2') return character.length
  return gsmExtension.has(character) ? 2 : 1
}

/** Fills segments in order; a character is never cut in two. */
function pack(sizes: readonly number[], perSegment: number): { segments: number; used: number } {
  let segments = 1
  let used = 0
  for (const size of sizes) {
    if (used + size > perSegment && used > 0) {
      segments += 1
      used = 0
    }
    used += size
  }
  return { segments, used }
}

/** Counts what a text costs as SMS. */
export function countSmsSegments(text: string): SmsSegments {
  const characters = splitCharacters(text)
  const costly = [...new Set(characters.filter((character) => !isGsm(character)))]
  const encoding: SmsEncoding = costly.length > 0 ? 'UCS-2' : 'GSM-7'
  const { single, part } = capacity[encoding]
  const sizes = characters.map((character) => unitsOf(character, encoding))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= single) {
    return { encoding, segments: total === 0 ? 0 : 1, unitsLeft: single - total, costly }
  }
  const { segments, used } = pack(sizes, part)
  return { encoding, segments, unitsLeft: Math.max(0, part - used), costly }
}
