import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

/** A phone number as its own country writes it: national at home in +1, international elsewhere. */
export function displayPhone(phone: string | null | undefined): string | null {
  const text = phone?.trim()
  if (!text) return null
  const parsed = parsePhoneNumberFromString(text)
  if (!parsed) return text
  return parsed.countryCallingCode === '1' ? parsed.formatNational() : parsed.formatInternational()
}
