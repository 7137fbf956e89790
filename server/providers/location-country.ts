import { BoundedMap } from '../bounded-map.ts'
import type { LocationsApi } from '../highlevel/locations-api.ts'

const keptMs = 6 * 3_600_000
const maxKept = 5_000

/** Where national phone numbers of a location are at home, as last read. */
export function createLocationCountries(parts: { locations: Pick<LocationsApi, 'get'>; now: () => number }) {
  const { locations, now } = parts
  const kept = new BoundedMap<string, { country: string | null; until: number }>(maxKept)

  /** @returns ISO 3166 alpha-2; null where the location has none */
  return async function countryOf(locationId: string): Promise<string | null> {
    const known = kept.get(locationId)
    if (known && known.until > now()) return known.country
    const country = (await locations.get(locationId)).country?.trim().toUpperCase() || null
    kept.set(locationId, { country, until: now() + keptMs })
    return country
  }
}
