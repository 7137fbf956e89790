import { z } from 'zod'
import type { HighLevelClient } from './platform-client.ts'
import { text } from './platform-fields.ts'
import { platformPath } from './platform-path.ts'

const version = '2021-07-28'

const locationSchema = z.object({
  id: z.string(),
  companyId: text,
  name: text,
  /** IANA zone. */
  timezone: text,
  country: text,
})
export type PlatformLocation = z.infer<typeof locationSchema>

const tagSchema = z.object({ id: z.string(), name: z.string() })
export type PlatformTag = z.infer<typeof tagSchema>

const locationAnswer = z.object({ location: locationSchema })
const tagsAnswer = z.object({ tags: z.array(tagSchema).nullish() })

export type LocationsApi = ReturnType<typeof createLocationsApi>

/** @see https://marketplace.gohighlevel.com/docs/ghl/locations/locations */
export function createLocationsApi(client: HighLevelClient) {
  return {
    async get(locationId: string): Promise<PlatformLocation> {
      const { location } = await client.call({
        owner: { kind: 'location', locationId },
        version,
        method: 'GET',
        path: platformPath`/locations/${locationId}`,
        answer: locationAnswer,
      })
      return location
    },

    async listTags(locationId: string): Promise<PlatformTag[]> {
      const { tags } = await client.call({
        owner: { kind: 'location', locationId },
        version,
        method: 'GET',
        path: platformPath`/locations/${locationId}/tags`,
        answer: tagsAnswer,
      })
      return tags ?? []
    },
  }
}
