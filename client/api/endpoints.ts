import { inject, type InjectionKey } from 'vue'
import type { ContactAnswer, ContactListAnswer } from '../../shared/contact-contract.ts'
import type { ConversationListAnswer } from '../../shared/conversation-contract.ts'
import type { FailedJobsAnswer, ReplayAnswer } from '../../shared/failed-job-contract.ts'
import type { MessageAnswer, SendMessage } from '../../shared/message-contract.ts'
import type { NoteAnswer, NoteListAnswer } from '../../shared/note-contract.ts'
import type {
  PhoneNumberPickerAnswer,
  TagPickerAnswer,
  UserPickerAnswer,
} from '../../shared/picker-contract.ts'
import type { InstallationAnswer, SessionAnswer } from '../../shared/session-contract.ts'
import type { ContactTagsAnswer } from '../../shared/tag-contract.ts'
import type { TaskAnswer, TaskInput, TaskListAnswer } from '../../shared/task-contract.ts'
import type { TimelineAnswer } from '../../shared/timeline-contract.ts'
import type { WrapUp, WrapUpAnswer } from '../../shared/wrap-up-contract.ts'
import type { Http, Transport } from './session-http.ts'

type Page = { cursor?: string | undefined; signal?: AbortSignal | undefined }

/** Exchanges the CRM's user context for our own session. */
export function createSessionApi(transport: Transport) {
  return {
    open: (encryptedData: string) =>
      transport<SessionAnswer>({ method: 'POST', url: '/api/session', data: { encryptedData } }),
  }
}
export type SessionApi = ReturnType<typeof createSessionApi>

function createContactApi(http: Http) {
  const at = (contactId: string, rest = '') => `/api/contacts/${encodeURIComponent(contactId)}${rest}`
  const tasks = (contactId: string, taskId: string, rest = '') =>
    at(contactId, `/tasks/${encodeURIComponent(taskId)}${rest}`)
  const notes = (contactId: string, noteId: string) => at(contactId, `/notes/${encodeURIComponent(noteId)}`)

  return {
    getContact: (contactId: string) => http<ContactAnswer>({ method: 'GET', url: at(contactId) }),
    listTimeline: (contactId: string, { cursor, signal }: Page = {}) =>
      http<TimelineAnswer>({ method: 'GET', url: at(contactId, '/timeline'), params: { cursor }, signal }),
    sendMessage: (contactId: string, data: SendMessage, idempotencyKey: string) =>
      http<MessageAnswer>({ method: 'POST', url: at(contactId, '/messages'), data, idempotencyKey }),
    wrapUp: (contactId: string, data: WrapUp, idempotencyKey: string) =>
      http<WrapUpAnswer>({ method: 'POST', url: at(contactId, '/wrap-up'), data, idempotencyKey }),

    addTags: (contactId: string, tags: string[]) =>
      http<ContactTagsAnswer>({ method: 'POST', url: at(contactId, '/tags'), data: { tags } }),
    removeTags: (contactId: string, tags: string[]) =>
      http<ContactTagsAnswer>({ method: 'DELETE', url: at(contactId, '/tags'), data: { tags } }),

    listTasks: (contactId: string) => http<TaskListAnswer>({ method: 'GET', url: at(contactId, '/tasks') }),
    createTask: (contactId: string, data: TaskInput) =>
      http<TaskAnswer>({ method: 'POST', url: at(contactId, '/tasks'), data }),
    updateTask: (contactId: string, taskId: string, data: TaskInput) =>
      http<TaskAnswer>({ method: 'PUT', url: tasks(contactId, taskId), data }),
    completeTask: (contactId: string, taskId: string, completed: boolean) =>
      http<TaskAnswer>({ method: 'PUT', url: tasks(contactId, taskId, '/completed'), data: { completed } }),
    deleteTask: (contactId: string, taskId: string) =>
      http<unknown>({ method: 'DELETE', url: tasks(contactId, taskId) }),

    listNotes: (contactId: string) => http<NoteListAnswer>({ method: 'GET', url: at(contactId, '/notes') }),
    createNote: (contactId: string, body: string) =>
      http<NoteAnswer>({ method: 'POST', url: at(contactId, '/notes'), data: { body } }),
    updateNote: (contactId: string, noteId: string, body: string) =>
      http<NoteAnswer>({ method: 'PUT', url: notes(contactId, noteId), data: { body } }),
    deleteNote: (contactId: string, noteId: string) =>
      http<unknown>({ method: 'DELETE', url: notes(contactId, noteId) }),
  }
}

/** One typed function for each call of the server. */
export function createApi(http: Http) {
  return {
    ...createContactApi(http),
    /** For calls that are loaded with the views that need them. */
    http,
    searchContacts: ({ query, tag, cursor, signal }: Page & { query?: string; tag?: string }) =>
      http<ContactListAnswer>({
        method: 'GET',
        url: '/api/contacts',
        params: { query, tag, cursor },
        signal,
      }),
    listConversations: ({ cursor, signal }: Page) =>
      http<ConversationListAnswer>({ method: 'GET', url: '/api/conversations', params: { cursor }, signal }),
    listTags: () => http<TagPickerAnswer>({ method: 'GET', url: '/api/tags' }),
    listUsers: () => http<UserPickerAnswer>({ method: 'GET', url: '/api/users' }),
    listPhoneNumbers: () => http<PhoneNumberPickerAnswer>({ method: 'GET', url: '/api/phone-numbers' }),
    getInstallation: () => http<InstallationAnswer>({ method: 'GET', url: '/api/installation' }),
    listFailedJobs: () => http<FailedJobsAnswer>({ method: 'GET', url: '/api/failed-jobs' }),
    replayFailedJob: (jobId: string) =>
      http<ReplayAnswer>({ method: 'POST', url: `/api/failed-jobs/${encodeURIComponent(jobId)}/replay` }),
    disconnect: () => http<unknown>({ method: 'DELETE', url: '/api/installation' }),
  }
}
export type Api = ReturnType<typeof createApi>

export const apiKey: InjectionKey<Api> = Symbol('api')

export function useApi(): Api {
  const api = inject(apiKey)
  if (!api) throw new Error('The page was mounted without its api')
  return api
}
