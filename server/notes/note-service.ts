import type { Note, NoteInput } from '../../shared/note-contract.ts'
import type { Audited } from '../audit/audit-log.ts'
import type { ContactAccess } from '../contacts/contact-access.ts'
import { AppError } from '../errors.ts'
import type { PlatformNote } from '../highlevel/contact-answers.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { Session } from '../session/session.ts'

export type NoteService = ReturnType<typeof createNoteService>

export function createNoteService(parts: {
  contacts: ContactsApi
  access: ContactAccess
  audited: Audited
  now: () => number
}) {
  const { contacts, access, audited, now } = parts

  /** Who sees assigned data only might name a note of a colleague's contact. @throws {AppError} `not_found` */
  async function ensureNote(session: Session, contactId: string, noteId: string): Promise<void> {
    await access.ensure(session, contactId)
    if (!session.assignedDataOnly) return
    const notes = await contacts.listNotes(session.locationId, contactId)
    if (!notes.some(({ id }) => id === noteId)) {
      throw new AppError('not_found', 'This contact has no such note, or no longer.')
    }
  }

  /** Newest first. */
  async function list(session: Session, contactId: string): Promise<Note[]> {
    await access.ensure(session, contactId)
    const notes = await contacts.listNotes(session.locationId, contactId)
    return notes.map((note) => toNote(note, contactId)).sort((a, b) => (a.at < b.at ? 1 : -1))
  }

  /** The note carries the acting user's id: the location's token would leave it without an author. */
  async function create(session: Session, contactId: string, input: NoteInput): Promise<Note> {
    const make = async () => {
      await access.ensure(session, contactId)
      const fields = { body: input.body, userId: session.userId }
      return toNote(await contacts.createNote(session.locationId, contactId, fields), contactId)
    }
    return audited({ session, contactId, action: 'note.create' }, make, ({ id }) => ({ reference: id }))
  }

  /** Keeps the author that the platform has. */
  async function update(
    session: Session,
    contactId: string,
    noteId: string,
    input: NoteInput,
  ): Promise<Note> {
    return audited({ session, contactId, action: 'note.update', reference: noteId }, async () => {
      await ensureNote(session, contactId, noteId)
      const fields = { body: input.body }
      return toNote(await contacts.updateNote(session.locationId, contactId, noteId, fields), contactId)
    })
  }

  async function remove(session: Session, contactId: string, noteId: string): Promise<void> {
    await audited({ session, contactId, action: 'note.delete', reference: noteId }, async () => {
      await ensureNote(session, contactId, noteId)
      await contacts.deleteNote(session.locationId, contactId, noteId)
    })
  }

  function toNote(note: PlatformNote, contactId: string): Note {
    return {
      id: note.id,
      contactId: note.contactId ?? contactId,
      body: note.body ?? '',
      userId: note.userId ?? null,
      at: note.dateAdded ?? new Date(now()).toISOString(),
    }
  }

  return { list, create, update, remove }
}
