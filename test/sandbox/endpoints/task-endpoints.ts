import { z } from 'zod'
import { filledText, isoInstant, parseStrictly } from '../body-rules.ts'
import { contactOf, isoNow, ownLocationId, param } from '../endpoint.ts'
import type { ApiCall, Endpoint, EndpointParts } from '../endpoint.ts'
import { notFound, refuse } from '../platform-error.ts'
import type { SandboxTask } from '../state.ts'
import { taskEvent } from '../webhooks/record-events.ts'

const newTask = z.strictObject({
  title: filledText,
  body: z.string().optional(),
  dueDate: isoInstant,
  completed: z.boolean(),
  assignedTo: z.string().nullish(),
})
const completion = z.strictObject({ completed: z.boolean() })
const read = {
  version: '2021-07-28',
  scope: 'contacts.readonly',
  holders: ['location'],
  body: 'none',
} as const
const write = { version: '2021-07-28', scope: 'contacts.write', holders: ['location'], body: 'json' } as const

export function taskShape({
  locationId: _hidden,
  assignedTo,
  ...task
}: SandboxTask): Record<string, unknown> {
  return { ...task, ...(assignedTo ? { assignedTo } : {}) }
}

export function createTaskEndpoints(parts: EndpointParts): Endpoint[] {
  const { state, random, emit, behaviour } = parts

  const tell = (type: 'TaskCreate' | 'TaskComplete' | 'TaskDelete', task: SandboxTask) =>
    emit(taskEvent(type, task, behaviour.taskEvents))

  const taskOf = (call: ApiCall): SandboxTask => {
    const contact = contactOf(parts, call, param(call, 'contactId'))
    const id = param(call, 'taskId')
    const task = state.tasks.find((one) => one.id === id && one.contactId === contact.id)
    if (!task) throw notFound('Task', id)
    return task
  }

  /** Only who is listed in the location; nobody of the agency. */
  const requireAssignee = (call: ApiCall, assignedTo: string | null | undefined) => {
    if (!assignedTo) return
    const user = state.users.find(({ id }) => id === assignedTo)
    const fits = user && !user.deleted && user.roles.locationIds.includes(ownLocationId(call))
    if (!fits) throw refuse(400, 'Assigned user not found in this location')
  }

  /** There is no event for a change, but one for the step to "completed". */
  const change = (task: SandboxTask, fields: Partial<SandboxTask>) => {
    const completes = fields.completed === true && !task.completed
    Object.assign(task, fields)
    if (completes) tell('TaskComplete', task)
    return { status: 200, body: { task: taskShape(task) } }
  }

  return [
    {
      ...read,
      method: 'GET',
      path: '/contacts/:contactId/tasks',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        const tasks = state.tasks.filter(({ contactId }) => contactId === contact.id)
        return { status: 200, body: { tasks: tasks.map(taskShape) } }
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/contacts/:contactId/tasks',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        const { title, body = '', dueDate, completed, assignedTo } = parseStrictly(newTask, call.body)
        requireAssignee(call, assignedTo)
        const task: SandboxTask = {
          id: random.id(),
          contactId: contact.id,
          locationId: contact.locationId,
          title,
          body,
          assignedTo: assignedTo || null,
          dueDate: new Date(dueDate).toISOString(),
          completed,
          dateAdded: isoNow(parts),
        }
        state.tasks.push(task)
        tell('TaskCreate', task)
        return { status: 201, body: { task: taskShape(task) } }
      },
    },
    {
      ...read,
      method: 'GET',
      path: '/contacts/:contactId/tasks/:taskId',
      handle: (call) => ({ status: 200, body: { task: taskShape(taskOf(call)) } }),
    },
    {
      ...write,
      method: 'PUT',
      path: '/contacts/:contactId/tasks/:taskId',
      handle(call) {
        const task = taskOf(call)
        const { dueDate, assignedTo, ...fields } = parseStrictly(newTask.partial(), call.body)
        requireAssignee(call, assignedTo)
        const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
        return change(task, {
          ...given,
          ...(dueDate === undefined ? {} : { dueDate: new Date(dueDate).toISOString() }),
          ...(assignedTo === undefined ? {} : { assignedTo: assignedTo || null }),
        })
      },
    },
    {
      ...write,
      method: 'PUT',
      path: '/contacts/:contactId/tasks/:taskId/completed',
      handle: (call) => change(taskOf(call), parseStrictly(completion, call.body)),
    },
    {
      ...write,
      method: 'DELETE',
      path: '/contacts/:contactId/tasks/:taskId',
      body: 'none',
      handle(call) {
        const task = taskOf(call)
        state.tasks = state.tasks.filter(({ id }) => id !== task.id)
        tell('TaskDelete', task)
        return { status: 200, body: { succeded: true } }
      },
    },
  ]
}
