import { BoundedMap } from '../bounded-map.ts'
import type { LocationsApi } from '../highlevel/locations-api.ts'
import { hasCode } from './installation-errors.ts'
import type { Installation, InstallationRepository } from './installation-repository.ts'

const freshForMs = 6 * 60 * 60_000
const maxRemembered = 10_000

export type LocationProfile = {
  name: string
  /** IANA zone. */
  timezone: string
  /** Whose location it is, where anybody said. */
  companyId: string | null
}
export type LocationProfiles = ReturnType<typeof createLocationProfiles>

/** Name and time zone of a location: the platform's, kept with the installation and read again now and then. */
export function createLocationProfiles(parts: {
  repository: InstallationRepository
  locations: Pick<LocationsApi, 'get'>
  now: () => number
}) {
  const { repository, locations, now } = parts
  /** When each installation's profile was last read, by this process. */
  const readAt = new BoundedMap<string, number>(maxRemembered)

  function stored({ locationName, timezone, companyId }: Installation): LocationProfile | undefined {
    return locationName === null || timezone === null
      ? undefined
      : { name: locationName, timezone, companyId }
  }

  async function read(installation: Installation, locationId: string): Promise<LocationProfile> {
    const location = await locations.get(locationId)
    const { name, ...rest } = {
      name: location.name?.trim() || 'Sub-account',
      timezone: usableZone(location.timezone),
      companyId: installation.companyId ?? (location.companyId || null),
    }
    await repository.change(installation.id, { locationName: name, ...rest })
    const profile = { name, ...rest }
    readAt.set(installation.id, now())
    return profile
  }

  /** What is stored serves as long as the platform cannot be asked. */
  async function of(installation: Installation): Promise<LocationProfile> {
    const known = stored(installation)
    const isFresh = (readAt.get(installation.id) ?? -Infinity) + freshForMs > now()
    if (known && isFresh) return known
    try {
      return await read(installation, installation.locationId ?? '')
    } catch (error) {
      if (!known || hasCode(error, 'reconnect_required', 'location_suspended')) throw error
      return known
    }
  }

  return {
    of,
    /** The next to ask reads it from the platform. */
    forget: (installationId: string) => void readAt.delete(installationId),
  }
}

/** A zone that the runtime does not know would make every date fail. */
function usableZone(timezone: string | null | undefined): string {
  const zone = timezone || 'UTC'
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).format()
    return zone
  } catch {
    return 'UTC'
  }
}
