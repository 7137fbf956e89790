import type { Task, TaskInput } from '../../shared/task-contract.ts'
import type { Audited } from '../audit/audit-log.ts'
import type { ContactAccess } from '../contacts/contact-access.ts'
import { AppError } from '../errors.ts'
import type { PlatformTask } from '../highlevel/contact-answers.ts'
import type { ContactsApi, TaskFields } from '../highlevel/contacts-api.ts'
import type { Session } from '../session/session.ts'

export type TaskService = ReturnType<typeof createTaskService>

export function createTaskService(parts: { contacts: ContactsApi; access: ContactAccess; audited: Audited }) {
  const { contacts, access, audited } = parts

  /** Who sees assigned data only might name a task of a colleague's contact. @throws {AppError} `not_found` */
  async function ensureTask(session: Session, contactId: string, taskId: string): Promise<void> {
    await access.ensure(session, contactId)
    if (!session.assignedDataOnly) return
    const tasks = await contacts.listTasks(session.locationId, contactId)
    if (!tasks.some(({ id }) => id === taskId)) {
      throw new AppError('not_found', 'This contact has no such task, or no longer.')
    }
  }

  async function list(session: Session, contactId: string): Promise<Task[]> {
    await access.ensure(session, contactId)
    const tasks = await contacts.listTasks(session.locationId, contactId)
    return tasks.map((task) => toTask(task, contactId))
  }

  async function create(session: Session, contactId: string, input: TaskInput): Promise<Task> {
    const make = async () => {
      await access.ensure(session, contactId)
      return toTask(await contacts.createTask(session.locationId, contactId, toFields(input)), contactId)
    }
    return audited({ session, contactId, action: 'task.create' }, make, ({ id }) => ({ reference: id }))
  }

  /** Sends the task whole; an assignee of null takes the assignee away. */
  async function update(
    session: Session,
    contactId: string,
    taskId: string,
    input: TaskInput,
  ): Promise<Task> {
    return audited({ session, contactId, action: 'task.update', reference: taskId }, async () => {
      await ensureTask(session, contactId, taskId)
      const fields = { ...toFields(input), ...(input.assignedTo === null ? { assignedTo: '' } : {}) }
      return toTask(await contacts.updateTask(session.locationId, contactId, taskId, fields), contactId)
    })
  }

  async function setCompleted(
    session: Session,
    contactId: string,
    taskId: string,
    completed: boolean,
  ): Promise<Task> {
    const action = completed ? 'task.complete' : 'task.reopen'
    return audited({ session, contactId, action, reference: taskId }, async () => {
      await ensureTask(session, contactId, taskId)
      const task = await contacts.setTaskCompleted(session.locationId, contactId, taskId, completed)
      return toTask(task, contactId)
    })
  }

  async function remove(session: Session, contactId: string, taskId: string): Promise<void> {
    await audited({ session, contactId, action: 'task.delete', reference: taskId }, async () => {
      await ensureTask(session, contactId, taskId)
      await contacts.deleteTask(session.locationId, contactId, taskId)
    })
  }

  return { list, create, update, setCompleted, remove }
}

/** The platform requires `completed` and takes instants; ours are sent in UTC. */
function toFields(input: TaskInput): TaskFields {
  return {
    title: input.title,
    body: input.body ?? '',
    dueDate: new Date(input.dueDate).toISOString(),
    completed: input.completed ?? false,
    ...(input.assignedTo ? { assignedTo: input.assignedTo } : {}),
  }
}

function toTask(task: PlatformTask, contactId: string): Task {
  return {
    id: task.id,
    contactId: task.contactId ?? contactId,
    title: task.title ?? '',
    body: task.body ?? '',
    dueDate: task.dueDate,
    assignedTo: task.assignedTo || null,
    completed: task.completed ?? false,
  }
}
