import { z } from 'zod'
import { parseStrictly } from '../body-rules.ts'
import { param, requireLocation, type Endpoint, type EndpointParts } from '../endpoint.ts'
import { taskShape } from './task-endpoints.ts'

const searchBody = z.strictObject({
  contactId: z.array(z.string()).optional(),
  completed: z.boolean().optional(),
  assignedTo: z.array(z.string()).optional(),
  query: z.string().optional(),
  limit: z
    .number()
    .int('must be an integer')
    .min(1, 'must not be less than 1')
    .max(1000, 'must not be greater than 1000')
    .default(25),
  skip: z.number().int('must be an integer').min(0, 'must not be less than 0').default(0),
  businessId: z.string().optional(),
})

/** `POST /locations/{id}/tasks/search`; the tasks carry both spellings of their id. */
export function createTaskSearch(parts: EndpointParts): Endpoint {
  return {
    method: 'POST',
    path: '/locations/:locationId/tasks/search',
    version: '2021-07-28',
    scope: 'locations/tasks.readonly',
    holders: ['location'],
    body: 'json',
    handle(call) {
      const locationId = param(call, 'locationId')
      requireLocation(parts, call, locationId)
      const { contactId, completed, assignedTo, query, limit, skip } = parseStrictly(searchBody, call.body)
      const found = parts.state.tasks.filter(
        (task) =>
          task.locationId === locationId &&
          (!contactId || contactId.includes(task.contactId)) &&
          (completed === undefined || task.completed === completed) &&
          (!assignedTo || (task.assignedTo !== null && assignedTo.includes(task.assignedTo))) &&
          (!query || task.title.toLowerCase().includes(query.toLowerCase())),
      )
      const tasks = found.slice(skip, skip + limit)
      return {
        status: 200,
        body: { tasks: tasks.map((task) => Object.assign(taskShape(task), { _id: task.id })) },
      }
    },
  }
}
