import {
  contactAnswer,
  duplicateAnswer,
  searchAnswer,
  tagsAnswer,
  taskAnswer,
  tasksAnswer,
  noteAnswer,
  notesAnswer,
  type PlatformContact,
  type PlatformNote,
  type PlatformTask,
} from './contact-answers.ts'
import type { HighLevelClient, OwnedCall } from './platform-client.ts'
import { notFound, outcomeUnknown } from './platform-errors.ts'
import { nothing } from './platform-fields.ts'
import { platformPath } from './platform-path.ts'

const version = '2021-07-28'

type FieldFilter = { field: string; operator: string; value?: unknown }
export type SearchFilter = FieldFilter | { group: 'AND' | 'OR'; filters: readonly FieldFilter[] }

export type ContactSearch = {
  query?: string
  filters?: SearchFilter[]
  sort?: { field: string; direction: 'asc' | 'desc' }[]
  limit: number
  searchAfter?: unknown[]
  page?: number
}

export type TaskFields = {
  title: string
  body?: string
  /** ISO 8601. */
  dueDate: string
  /** The platform requires it even of a new task. */
  completed: boolean
  assignedTo?: string
}

export type NoteFields = { body: string; userId?: string }

/** What is left out stays as it is; `tags` replaces all that the contact has. */
export type ContactFields = {
  firstName?: string
  lastName?: string
  /** Null empties it. */
  email?: string | null
  /** E.164. */
  phone?: string
  source?: string
  timezone?: string
  tags?: readonly string[]
  customFields?: readonly { id: string; field_value: string }[]
  dndSettings?: { SMS: { status: 'active' | 'inactive'; message: string } }
}

export type ContactsApi = ReturnType<typeof createContactsApi>

/** @see https://marketplace.gohighlevel.com/docs/ghl/contacts/contacts */
export function createContactsApi(client: HighLevelClient) {
  function call<Answer>(
    locationId: string,
    request: Pick<
      OwnedCall<Answer>,
      'method' | 'path' | 'query' | 'body' | 'answer' | 'effect' | 'aboutContact'
    >,
  ): Promise<Answer> {
    return client.call({ aboutContact: true, ...request, version, owner: { kind: 'location', locationId } })
  }

  /**
   * The location's own token opens it, so an answer that does not say where it belongs is this location's.
   * @throws {AppError} `not_found`, also for another location's
   */
  async function get(locationId: string, contactId: string): Promise<PlatformContact> {
    const path = platformPath`/contacts/${contactId}`
    const { contact } = await call(locationId, { method: 'GET', path, answer: contactAnswer })
    if ((contact.locationId ?? locationId) !== locationId) throw notFound()
    return contact
  }

  async function changeTags(
    method: 'POST' | 'DELETE',
    locationId: string,
    contactId: string,
    tags: readonly string[],
  ): Promise<string[]> {
    const path = platformPath`/contacts/${contactId}/tags`
    const { tags: all } = await call(locationId, { method, path, body: { tags }, answer: tagsAnswer })
    return all ?? (await tagsAfterChange(locationId, contactId))
  }

  /** The change has been made: that it cannot be shown must not look as if it had failed. */
  async function tagsAfterChange(locationId: string, contactId: string): Promise<string[]> {
    try {
      return (await get(locationId, contactId)).tags ?? []
    } catch (error) {
      throw outcomeUnknown(error)
    }
  }

  return {
    /** `searchAfter` of the last contact goes on where this page ends; `page` reaches 10,000 contacts at most. */
    async search(locationId: string, search: ContactSearch) {
      const { limit, ...rest } = search
      const found = await call(locationId, {
        method: 'POST',
        path: '/contacts/search',
        body: { locationId, pageLimit: limit, ...rest },
        answer: searchAnswer,
        effect: 'read',
        aboutContact: false,
      })
      return { contacts: found.contacts ?? [] }
    },

    get,

    /** Exact; unlike a search it knows at once what was just made. */
    async findDuplicate(
      locationId: string,
      key: { number: string } | { email: string },
    ): Promise<PlatformContact | undefined> {
      const path = '/contacts/search/duplicate'
      const query = { locationId, ...key }
      const request = { method: 'GET', path, query, answer: duplicateAnswer, aboutContact: false } as const
      return (await call(locationId, request)).contact ?? undefined
    },

    /** The platform may have made it and answer an error all the same: look before trying again. */
    async create(locationId: string, fields: ContactFields): Promise<PlatformContact> {
      const body = { locationId, ...fields }
      const request = { method: 'POST', path: '/contacts', body, answer: contactAnswer } as const
      return (await call(locationId, { ...request, aboutContact: false })).contact
    },

    async update(locationId: string, contactId: string, fields: ContactFields): Promise<PlatformContact> {
      const path = platformPath`/contacts/${contactId}`
      return (await call(locationId, { method: 'PUT', path, body: fields, answer: contactAnswer })).contact
    },

    /** @returns all tags the contact has now */
    addTags: (locationId: string, contactId: string, tags: readonly string[]) =>
      changeTags('POST', locationId, contactId, tags),

    /** @returns all tags the contact has now */
    removeTags: (locationId: string, contactId: string, tags: readonly string[]) =>
      changeTags('DELETE', locationId, contactId, tags),

    async listTasks(locationId: string, contactId: string): Promise<PlatformTask[]> {
      const path = platformPath`/contacts/${contactId}/tasks`
      return (await call(locationId, { method: 'GET', path, answer: tasksAnswer })).tasks ?? []
    },

    async createTask(locationId: string, contactId: string, task: TaskFields): Promise<PlatformTask> {
      const path = platformPath`/contacts/${contactId}/tasks`
      return (await call(locationId, { method: 'POST', path, body: task, answer: taskAnswer })).task
    },

    async updateTask(
      locationId: string,
      contactId: string,
      taskId: string,
      task: TaskFields,
    ): Promise<PlatformTask> {
      const path = platformPath`/contacts/${contactId}/tasks/${taskId}`
      return (await call(locationId, { method: 'PUT', path, body: task, answer: taskAnswer })).task
    },

    async setTaskCompleted(
      locationId: string,
      contactId: string,
      taskId: string,
      completed: boolean,
    ): Promise<PlatformTask> {
      const path = platformPath`/contacts/${contactId}/tasks/${taskId}/completed`
      return (await call(locationId, { method: 'PUT', path, body: { completed }, answer: taskAnswer })).task
    },

    async deleteTask(locationId: string, contactId: string, taskId: string): Promise<void> {
      const path = platformPath`/contacts/${contactId}/tasks/${taskId}`
      await call(locationId, { method: 'DELETE', path, answer: nothing })
    },

    async listNotes(locationId: string, contactId: string): Promise<PlatformNote[]> {
      const path = platformPath`/contacts/${contactId}/notes`
      return (await call(locationId, { method: 'GET', path, answer: notesAnswer })).notes ?? []
    },

    async createNote(locationId: string, contactId: string, note: NoteFields): Promise<PlatformNote> {
      const path = platformPath`/contacts/${contactId}/notes`
      return (await call(locationId, { method: 'POST', path, body: note, answer: noteAnswer })).note
    },

    async updateNote(
      locationId: string,
      contactId: string,
      noteId: string,
      note: NoteFields,
    ): Promise<PlatformNote> {
      const path = platformPath`/contacts/${contactId}/notes/${noteId}`
      return (await call(locationId, { method: 'PUT', path, body: note, answer: noteAnswer })).note
    },

    async deleteNote(locationId: string, contactId: string, noteId: string): Promise<void> {
      const path = platformPath`/contacts/${contactId}/notes/${noteId}`
      await call(locationId, { method: 'DELETE', path, answer: nothing })
    },
  }
}
