import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { BoundedMap } from './bounded-map.ts'

/** Reading a number costs more than all else about a contact, and the same few are shown again and again. */
const shown = new BoundedMap<string, string>(2_000)

/** A phone number as its own country writes it: national at home in +1, international elsewhere. */
export function displayPhone(phone: string | null | undefined): string | null {
  const text = phone?.trim()
  if (!text) return null
  const known = shown.get(text)
  if (known !== undefined) return known
  const formatted = format(text)
  shown.set(text, formatted)
  return formatted
}

function format(text: string): string {
  const parsed = parsePhoneNumberFromString(text)
  if (!parsed) return text
  return parsed.countryCallingCode === '1' ? parsed.formatNational() : parsed.formatInternational()
}
