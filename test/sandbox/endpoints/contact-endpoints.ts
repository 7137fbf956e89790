import { z } from 'zod'
import { filledText, parseStrictly } from '../body-rules.ts'
import { contactOf, param, requireLocation, type Endpoint, type EndpointParts } from '../endpoint.ts'
import { PlatformError, refuse } from '../platform-error.ts'
import type { SandboxContact } from '../state.ts'
import { contactEvent } from '../webhooks/record-events.ts'
import { createBody, updateBody, upsertBody, type ContactFields } from './contact-bodies.ts'
import { contactDetail } from './contact-shapes.ts'
import { createContactWrites } from './contact-writes.ts'

const duplicateQuery = z.strictObject({
  locationId: filledText,
  number: z.string().optional(),
  email: z.string().optional(),
})

const read = {
  version: '2021-07-28',
  scope: 'contacts.readonly',
  holders: ['location'],
  body: 'none',
} as const
const write = { version: '2021-07-28', scope: 'contacts.write', holders: ['location'], body: 'json' } as const

export function createContactEndpoints(parts: EndpointParts): Endpoint[] {
  const { state, emit } = parts

  const { duplicateOf, create, update } = createContactWrites(parts)

  return [
    {
      ...read,
      method: 'GET',
      path: '/contacts/search/duplicate',
      handle(call) {
        const { locationId, number, email } = parseStrictly(duplicateQuery, call.query)
        requireLocation(parts, call, locationId)
        if (!number && !email) throw refuse(422, ['number or email should not be empty'])
        const found = duplicateOf(locationId, { email, phone: number })
        return { status: 200, body: { contact: found ? contactDetail(found) : null } }
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/contacts/upsert',
      handle(call) {
        const {
          locationId,
          createNewIfDuplicateAllowed: _never,
          ...fields
        } = parseStrictly(upsertBody, call.body)
        requireLocation(parts, call, locationId)
        const found = duplicateOf(locationId, fields)
        const contact = found ? update(found, fields) : create(locationId, fields)
        return { status: 200, body: { new: !found, contact: contactDetail(contact) } }
      },
    },
    {
      ...write,
      method: 'POST',
      path: '/contacts',
      handle(call) {
        const { locationId, ...fields } = parseStrictly(createBody, call.body)
        requireLocation(parts, call, locationId)
        const found = duplicateOf(locationId, fields)
        if (found) throw duplicateRefusal(found, fields)
        return { status: 201, body: { contact: contactDetail(create(locationId, fields)) } }
      },
    },
    {
      ...read,
      method: 'GET',
      path: '/contacts/:contactId',
      handle: (call) => ({
        status: 200,
        body: { contact: contactDetail(contactOf(parts, call, param(call, 'contactId'))) },
      }),
    },
    {
      ...write,
      method: 'PUT',
      path: '/contacts/:contactId',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        const fields = parseStrictly(updateBody, call.body)
        return { status: 200, body: { succeded: true, contact: contactDetail(update(contact, fields)) } }
      },
    },
    {
      ...write,
      method: 'DELETE',
      path: '/contacts/:contactId',
      body: 'none',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        state.contacts = state.contacts.filter(({ id }) => id !== contact.id)
        state.tasks = state.tasks.filter(({ contactId }) => contactId !== contact.id)
        state.notes = state.notes.filter(({ contactId }) => contactId !== contact.id)
        state.messages = state.messages.filter(({ contactId }) => contactId !== contact.id)
        state.conversations = state.conversations.filter(({ contactId }) => contactId !== contact.id)
        emit(contactEvent('ContactDelete', contact))
        return { status: 200, body: { succeded: true } }
      },
    },
  ]
}

function duplicateRefusal(found: SandboxContact, { email }: ContactFields): PlatformError {
  const matchingField = email && found.email?.toLowerCase() === email.toLowerCase() ? 'email' : 'phone'
  return new PlatformError(400, {
    statusCode: 400,
    message: 'This location does not allow duplicated contacts.',
    meta: { contactId: found.id, matchingField },
  })
}
