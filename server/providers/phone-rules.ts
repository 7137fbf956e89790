import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'

/**
 * @param country ISO 3166 alpha-2, where a national number is at home; unset: only international ones are read
 * @returns E.164; undefined where it is no phone number
 */
export function toE164(phone: string, country?: string | null): string | undefined {
  const home = country ? { defaultCountry: country as CountryCode } : {}
  const digits = phone.replaceAll(/[^\d]/g, '')
  // Other systems put a + before national numbers, or leave it out of international ones.
  for (const text of [phone.trim(), `+${digits}`, digits]) {
    const parsed = parsePhoneNumberFromString(text, home)
    if (parsed?.isPossible()) return parsed.number
  }
  return undefined
}

/** Whether it can be read without knowing where it is at home. */
export const isInternational = (phone: string): boolean => phone.trim().startsWith('+')
