import { z } from 'zod'
import type { SyncChangeService } from './sync-change-service.ts'
import type { SyncNoteService } from './sync-note-service.ts'
import type { SideContact } from './sync-side.ts'

const noteSchema = z.object({ id: z.string().min(1).max(64), contactId: z.string().min(1).max(64) })

/** What the CRM's webhooks start; payloads are read defensively, and what does not fit is nothing to the sync. */
export function createSyncWebhooks(parts: {
  changes: Pick<SyncChangeService, 'crmChanged' | 'crmDeleted'>
  notes: Pick<SyncNoteService, 'noteMade'>
  /** The contact of a payload. */
  contactOf: (payload: unknown) => SideContact | undefined
}): ReadonlyMap<string, (locationId: string, payload: unknown) => Promise<void>> {
  const { changes, notes, contactOf } = parts

  async function changed(locationId: string, payload: unknown): Promise<void> {
    const contact = contactOf(payload)
    if (contact) await changes.crmChanged(locationId, contact)
  }

  async function deleted(locationId: string, payload: unknown): Promise<void> {
    const contact = contactOf(payload)
    if (contact) await changes.crmDeleted(locationId, contact.id)
  }

  async function noteMade(locationId: string, payload: unknown): Promise<void> {
    const note = noteSchema.safeParse(payload)
    if (note.success)
      await notes.noteMade({ locationId, contactId: note.data.contactId, noteId: note.data.id })
  }

  return new Map([
    ['ContactCreate', changed],
    ['ContactUpdate', changed],
    ['ContactTagUpdate', changed],
    ['ContactDelete', deleted],
    ['NoteCreate', noteMade],
  ])
}
