import { isInternational, senderToE164, toE164 } from './phone-rules.ts'

export type LocationPhones = ReturnType<typeof createLocationPhones>

/** Reads phone numbers; a national one is at home in the location's country. */
export function createLocationPhones(parts: { countryOf: (locationId: string) => Promise<string | null> }) {
  const { countryOf } = parts

  return {
    /** As people and the CRM write it. @returns E.164; undefined where it is no phone number */
    async read(locationId: string, phone: string): Promise<string | undefined> {
      return toE164(phone, isInternational(phone) ? null : await countryOf(locationId))
    },

    /** As another system tells who wrote. @returns E.164; undefined where it is no phone number */
    async readSender(locationId: string, phone: string): Promise<string | undefined> {
      return senderToE164(phone, await countryOf(locationId))
    },
  }
}
