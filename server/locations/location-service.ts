import type {
  PhoneNumberPickerAnswer,
  TagPickerAnswer,
  UserPickerAnswer,
} from '../../shared/picker-contract.ts'
import { displayPhone } from '../phone-display.ts'
import type { LocationsApi } from '../highlevel/locations-api.ts'
import type { PhoneNumbersApi } from '../highlevel/phone-numbers-api.ts'
import type { UsersApi } from '../highlevel/users-api.ts'
import type { Session } from '../session/session.ts'

export type LocationService = ReturnType<typeof createLocationService>

/** What the page's pickers offer of a location. */
export function createLocationService(parts: {
  locations: LocationsApi
  users: UsersApi
  phoneNumbers: PhoneNumbersApi
}) {
  const { locations, users, phoneNumbers } = parts
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)

  async function listTags(session: Session): Promise<TagPickerAnswer> {
    const tags = await locations.listTags(session.locationId)
    return { tags: tags.map(({ id, name }) => ({ id, name })).sort(byName) }
  }

  async function listUsers(session: Session): Promise<UserPickerAnswer> {
    const found = await users.listOfLocation(session.companyId, session.locationId)
    return {
      users: found
        .filter((user) => user.deleted !== true)
        .map((user) => ({
          id: user.id,
          name:
            user.name?.trim() || [user.firstName, user.lastName].filter(Boolean).join(' ') || 'Unnamed user',
          email: user.email ?? '',
        }))
        .sort(byName),
    }
  }

  async function listPhoneNumbers(session: Session): Promise<PhoneNumberPickerAnswer> {
    const found = await phoneNumbers.list(session.locationId)
    return {
      phoneNumbers: found.map(({ phoneNumber, friendlyName, isDefaultNumber }) => ({
        number: phoneNumber,
        name: friendlyName?.trim() || (displayPhone(phoneNumber) ?? phoneNumber),
        isDefault: isDefaultNumber ?? false,
      })),
    }
  }

  return { listTags, listUsers, listPhoneNumbers }
}
