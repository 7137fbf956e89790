import { z } from 'zod'
import type { HighLevelClient } from './platform-client.ts'
import { instantText, text } from './platform-fields.ts'
import { platformPath } from './platform-path.ts'

const taskSchema = z
  .object({ id: text, _id: text, contactId: text, dateAdded: instantText })
  .transform(({ id, _id, contactId, dateAdded }) => ({
    id: id || _id || null,
    contactId: contactId || null,
    dateAdded,
  }))

/** The published schema is an array of arrays; what cannot be read is left out. */
const tasksSchema = z
  .array(z.unknown())
  .nullish()
  .transform((items) =>
    (items ?? []).flat().flatMap((item) => {
      const parsed = taskSchema.safeParse(item)
      return parsed.success && parsed.data.id !== null ? [{ ...parsed.data, id: parsed.data.id }] : []
    }),
  )
const searchAnswer = z.object({ tasks: tasksSchema })
export type LocationTask = z.output<typeof tasksSchema>[number]

export type TaskSearch = { query?: string; completed?: boolean; limit?: number; skip?: number }
export type LocationTasksApi = ReturnType<typeof createLocationTasksApi>

/** @see https://marketplace.gohighlevel.com/docs/ghl/locations/task-search */
export function createLocationTasksApi(client: HighLevelClient) {
  return {
    /** The tasks of all contacts of a location. */
    async search(locationId: string, search: TaskSearch): Promise<LocationTask[]> {
      const { tasks } = await client.call({
        owner: { kind: 'location', locationId },
        version: '2021-07-28',
        method: 'POST',
        path: platformPath`/locations/${locationId}/tasks/search`,
        body: search,
        effect: 'read',
        answer: searchAnswer,
      })
      return tasks
    },
  }
}
