import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import type { SyncTransform } from '../../shared/sync-contract.ts'

const plain = (text: string): string => text.normalize('NFC').trim()

/** Each leaves its own result as it is, so that two sides that were made equal stay so. */
const transforms: Record<SyncTransform, (text: string) => string | undefined> = {
  trim: (text) => text.replace(/\s+/g, ' '),
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  phone: (text) => {
    const parsed = parsePhoneNumberFromString(text)
    return parsed?.isPossible() ? parsed.number : undefined
  },
  date: isoDate,
}

/**
 * A value as it is compared and written.
 * @returns '' for nothing; undefined for what a transform cannot read
 */
export function canonicalValue(value: string, wanted: readonly SyncTransform[]): string | undefined {
  let text: string | undefined = plain(value)
  for (const name of wanted) {
    if (!text) return text
    text = transforms[name](text)
  }
  return text
}

/** A day as `2026-11-21`, from ISO 8601 or epoch ms: `04/05/2026` can be read in two ways and is not guessed at. */
function isoDate(text: string): string | undefined {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:$|T)/.exec(text) ?? []
  const ms = /^\d{12,13}$/.test(text) ? Number(text) : Date.parse(day ?? '')
  if (Number.isNaN(ms)) return undefined
  const iso = new Date(ms).toISOString().slice(0, 10)
  return day === undefined || day === iso ? iso : undefined
}
