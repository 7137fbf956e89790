import { AppError } from '../errors.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncLogRepository } from './sync-log-repository.ts'
import type { SyncNoteRepository } from './sync-note-repository.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'

const commentMaxLength = 1_500

/** Where a comment that the team alone sees can be left about a contact. */
export type CommentTarget = {
  /** Undefined where there is no conversation with the contact yet. */
  findChat(providerContactId: string): Promise<number | undefined>
  addComment(comment: { chatId: number; text: string; localId: string }): Promise<unknown>
}

export type NoteTask = { locationId: string; contactId: string; noteId: string }

export type SyncNoteService = ReturnType<typeof createSyncNoteService>

/** New notes of the CRM as private comments: the other system's own notes can be read, but not written. */
export function createSyncNoteService(parts: {
  contacts: Pick<ContactsApi, 'listNotes'>
  notes: SyncNoteRepository
  links: SyncLinkRepository
  log: SyncLogRepository
  settingsRepository: SyncSettingsRepository
  commentsOf: (locationId: string) => Promise<CommentTarget | undefined>
  queueNote: (task: NoteTask) => Promise<void>
  now: () => number
}) {
  const { contacts, notes, links, log, settingsRepository, commentsOf, queueNote, now } = parts

  async function linkOf({ locationId, contactId }: NoteTask) {
    const { settings, firstRunAt } = await settingsRepository.find(locationId)
    if (!settings.enabled || !settings.syncNotes || firstRunAt === null) return undefined
    const link = await links.findBy(locationId, 'crm', contactId)
    return link?.isGone ? undefined : link
  }

  async function carry(task: NoteTask): Promise<void> {
    const { locationId, contactId, noteId } = task
    const link = await linkOf(task)
    const target = link && (await commentsOf(locationId))
    const note = target && (await contacts.listNotes(locationId, contactId)).find(({ id }) => id === noteId)
    const text = plainText(note?.body ?? '').slice(0, commentMaxLength)
    const chatId = text === '' ? undefined : await target?.findChat(link?.providerContactId ?? '')
    if (!target || chatId === undefined || !(await notes.begin(locationId, noteId))) return
    const row = {
      locationId,
      origin: 'crm_change',
      action: 'create',
      target: 'provider',
      reason: 'note',
      crmContactId: contactId,
      providerContactId: link?.providerContactId ?? null,
      fields: [],
      isConflict: false,
    } as const
    try {
      await target.addComment({ chatId, text, localId: `note-${noteId}` })
      await notes.end(locationId, noteId)
      await log.insertAll([{ ...row, fields: [], state: 'done', at: new Date(now()) }])
    } catch (error) {
      const isNotDone = error instanceof AppError && error.code !== 'outcome_unknown'
      if (isNotDone) await notes.forget(locationId, noteId)
      if (error instanceof AppError && error.retryable) throw error
      const code = error instanceof AppError ? error.code : 'internal'
      await log.insertAll([{ ...row, fields: [], state: 'failed', code, at: new Date(now()) }])
    }
  }

  return {
    carry,

    async noteMade(task: NoteTask): Promise<void> {
      if (await linkOf(task)) await queueNote(task)
    },
  }
}

/** The CRM's notes may be formatted. */
function plainText(body: string): string {
  return body
    .replaceAll(/<(?:br|\/p|\/div|\/li)[^>]*>/gi, '\n')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim()
}
