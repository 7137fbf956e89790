import type { ErrorCode } from '../../shared/error-codes.ts'
import { AppError } from '../errors.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { SyncLink, SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncLogRepository } from './sync-log-repository.ts'
import type { SyncNoteRepository } from './sync-note-repository.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'

const commentMaxLength = 1_500
/** Formatting takes more room than the text. */
const noteMaxLength = 20_000
/** Longer than a job may take. */
const deadAfterMs = 130_000

/** Where a comment that the team alone sees can be left about a contact. */
export type CommentTarget = {
  /** Undefined where there is no conversation with the contact yet. */
  findChat(providerContactId: string): Promise<number | undefined>
  addComment(comment: { chatId: number; text: string; localId: string }): Promise<unknown>
}

/** `logId`: the entry that is tried again. */
export type NoteTask = { locationId: string; contactId: string; noteId: string; logId?: number }

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

  /** A new failure is a new entry; what is tried again changes the one that it has. */
  async function tell(
    { locationId, contactId, noteId, logId }: NoteTask,
    link: SyncLink,
    code: ErrorCode | null,
  ) {
    const state = code === null ? 'done' : 'failed'
    if (logId) return log.change(logId, { state, code })
    const row = {
      locationId,
      origin: 'crm_change',
      action: 'create',
      target: 'provider',
      reason: 'note',
      crmContactId: contactId,
      providerContactId: link.providerContactId,
      isConflict: false,
      noteId,
    } as const
    await log.insertAll([{ ...row, fields: [], state, code, at: new Date(now()) }])
  }

  async function carry(task: NoteTask): Promise<void> {
    const { locationId, contactId, noteId } = task
    const target = await commentsOf(locationId)
    const link = target && (await linkOf(task))
    if (!target || !link) return
    const note = (await contacts.listNotes(locationId, contactId)).find(({ id }) => id === noteId)
    const text = plainText(note?.body ?? '')
    const chatId = text === '' ? undefined : await target.findChat(link.providerContactId)
    if (chatId === undefined) return
    const start = await notes.begin(locationId, noteId)
    if (start === 'done') return
    if (start !== 'new') return giveUp(task, link, start.begunAt)
    try {
      await target.addComment({ chatId, text, localId: `note-${noteId}` })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'outcome_unknown') await notes.end(locationId, noteId)
      else await notes.forget(locationId, noteId)
      if (error.retryable) throw error
      return tell(task, link, error.code)
    }
    await notes.end(locationId, noteId)
    await tell(task, link, null)
  }

  /** Whoever began it has died, or is at it still: it may be over there, and is not written twice. */
  async function giveUp(task: NoteTask, link: SyncLink, begunAt: Date): Promise<void> {
    if (now() - begunAt.getTime() < deadAfterMs) {
      throw new AppError('conflict', 'Another process carries this note.', { retryable: true })
    }
    await notes.end(task.locationId, task.noteId)
    await tell(task, link, 'outcome_unknown')
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
    .slice(0, noteMaxLength)
    .replaceAll(/<(?:br|\/p|\/div|\/li)[^>]*>/gi, '\n')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim()
    .slice(0, commentMaxLength)
    .toWellFormed()
}
