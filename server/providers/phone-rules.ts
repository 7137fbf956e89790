import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'

/** ISO 3166 alpha-2, where national numbers are at home; unset: only international ones are read. */
type Country = string | null | undefined

function parse(text: string, country?: Country) {
  return parsePhoneNumberFromString(text, country ? { defaultCountry: country as CountryCode } : {})
}

/**
 * A number as people and the CRM write it. With `+` it is taken at its word; without, it is a national one, or an
 * international one that lost its `+`.
 * @returns E.164; undefined where it is no phone number
 */
export function toE164(phone: string, country?: Country): string | undefined {
  const digits = phone.replaceAll(/\D/g, '')
  const international = (isInternational(phone) ? parse(phone.trim()) : undefined) ?? parse(`+${digits}`)
  if (isInternational(phone) && international?.isPossible()) return international.number
  const national = parse(phone.trim(), country) ?? parse(digits, country)
  const isAtHome = international?.countryCallingCode === national?.countryCallingCode
  const readings = isAtHome ? [international, national] : [national, international]
  const reading = readings.find((one) => one?.isValid()) ?? readings.find((one) => one?.isPossible())
  return reading?.number
}

/**
 * A number as another system tells it: international, though its `+` may be ours, put before a national one.
 * @returns E.164; undefined where it is no phone number
 */
export function senderToE164(phone: string, country?: Country): string | undefined {
  const digits = phone.replaceAll(/\D/g, '')
  const readings = [parse(`+${digits}`), parse(digits, country)]
  const reading = readings.find((one) => one?.isValid()) ?? readings.find((one) => one?.isPossible())
  return reading?.number
}

/** Whether it can be read without knowing where it is at home. */
export const isInternational = (phone: string): boolean => phone.trim().startsWith('+')

/**
 * The ways in which people and imports write a number, E.164 first.
 * @param phone E.164
 */
export function waysToWrite(phone: string): string[] {
  const parsed = parse(phone)
  if (!parsed) return [phone]
  const national = parsed.formatNational()
  const ways = [
    phone,
    phone.slice(1),
    parsed.nationalNumber,
    national,
    national.replaceAll(/\D/g, ''),
    national.replaceAll(/\D+/g, '-').replaceAll(/^-|-$/g, ''),
    parsed.formatInternational(),
  ]
  return [...new Set<string>(ways)]
}
