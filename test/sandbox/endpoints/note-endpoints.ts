import { z } from 'zod'
import { filledText, parseStrictly } from '../body-rules.ts'
import { contactOf, isoNow, param, type ApiCall, type Endpoint, type EndpointParts } from '../endpoint.ts'
import { notFound, refuse } from '../platform-error.ts'
import type { SandboxNote } from '../state.ts'
import { noteEvent } from '../webhooks/record-events.ts'

const noteBody = z.strictObject({
  body: filledText,
  userId: z.string().optional(),
  title: z.string().optional(),
  color: z.string().optional(),
  pinned: z.boolean().optional(),
})

const read = {
  version: '2021-07-28',
  scope: 'contacts.readonly',
  holders: ['location'],
  body: 'none',
} as const
const write = { version: '2021-07-28', scope: 'contacts.write', holders: ['location'], body: 'json' } as const

function noteShape({ userId, ...note }: SandboxNote): Record<string, unknown> {
  return { ...note, ...(userId ? { userId } : {}) }
}

export function createNoteEndpoints(parts: EndpointParts): Endpoint[] {
  const { state, random, emit } = parts

  const noteOf = (call: ApiCall): { note: SandboxNote; locationId: string } => {
    const contact = contactOf(parts, call, param(call, 'contactId'))
    const id = param(call, 'noteId')
    const note = state.notes.find((one) => one.id === id && one.contactId === contact.id)
    if (!note) throw notFound('Note', id)
    return { note, locationId: contact.locationId }
  }

  const requireUser = (userId: string | undefined) => {
    if (userId && !state.users.some(({ id }) => id === userId))
      throw refuse(400, `User with id ${userId} not found`)
  }

  return [
    {
      ...read,
      method: 'GET',
      path: '/contacts/:contactId/notes',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        const notes = state.notes
          .filter(({ contactId }) => contactId === contact.id)
          .sort((one, other) => other.dateAdded.localeCompare(one.dateAdded))
        return { status: 200, body: { notes: notes.map(noteShape) } }
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/contacts/:contactId/notes',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        const { body, userId } = parseStrictly(noteBody, call.body)
        requireUser(userId)
        const note = {
          id: random.id(),
          contactId: contact.id,
          body,
          userId: userId ?? null,
          dateAdded: isoNow(parts),
        }
        state.notes.push(note)
        emit(noteEvent('NoteCreate', note, contact.locationId))
        return { status: 201, body: { note: noteShape(note) } }
      },
    },
    {
      ...read,
      method: 'GET',
      path: '/contacts/:contactId/notes/:noteId',
      handle: (call) => ({ status: 200, body: { note: noteShape(noteOf(call).note) } }),
    },
    {
      ...write,
      method: 'PUT',
      path: '/contacts/:contactId/notes/:noteId',
      handle(call) {
        const { note, locationId } = noteOf(call)
        const { body, userId } = parseStrictly(noteBody.partial(), call.body)
        requireUser(userId)
        if (body !== undefined) note.body = body
        if (userId !== undefined) note.userId = userId
        emit(noteEvent('NoteUpdate', note, locationId))
        return { status: 200, body: { note: noteShape(note) } }
      },
    },
    {
      ...write,
      method: 'DELETE',
      path: '/contacts/:contactId/notes/:noteId',
      body: 'none',
      handle(call) {
        const { note, locationId } = noteOf(call)
        state.notes = state.notes.filter(({ id }) => id !== note.id)
        emit(noteEvent('NoteDelete', note, locationId))
        return { status: 200, body: { succeded: true } }
      },
    },
  ]
}
