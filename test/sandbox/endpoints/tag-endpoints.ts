import { z } from 'zod'
import { filledText, parseStrictly } from '../body-rules.ts'
import { contactOf, isoNow, param, requireLocation, type Endpoint, type EndpointParts } from '../endpoint.ts'
import { refuse } from '../platform-error.ts'
import type { SandboxContact } from '../state.ts'
import { contactEvent } from '../webhooks/record-events.ts'
import { savedTags } from './contact-bodies.ts'

const tagsBody = z.strictObject({ tags: z.array(filledText).min(1, 'should not be empty') })
const bulkBody = z.strictObject({
  contacts: z
    .array(filledText)
    .min(1, 'should not be empty')
    .max(500, 'must contain no more than 500 elements'),
  tags: z.array(z.string()),
  locationId: filledText,
  removeAllTags: z.boolean().optional(),
})
const newTagBody = z.strictObject({ name: filledText })

const contactTags = {
  version: '2021-07-28',
  scope: 'contacts.write',
  holders: ['location'],
  body: 'json',
} as const

/** A tag that the location does not know yet is added to its list. */
export function rememberTags(
  { state, random }: EndpointParts,
  locationId: string,
  tags: readonly string[],
): void {
  const known = new Set(state.tags.filter((tag) => tag.locationId === locationId).map(({ name }) => name))
  for (const name of tags) if (!known.has(name)) state.tags.push({ id: random.id(), locationId, name })
}

/** Of a contact, told by an event where they change. */
export function changeTags(parts: EndpointParts, contact: SandboxContact, tags: string[]): void {
  const same = tags.length === contact.tags.length
  contact.tags = tags
  if (same) return
  contact.dateUpdated = isoNow(parts)
  rememberTags(parts, contact.locationId, tags)
  parts.emit(contactEvent('ContactTagUpdate', contact))
}

/** As a user does in the CRM itself. */
export function tagContact(parts: EndpointParts, contactId: string, tag: string): void {
  const contact = parts.state.contacts.find(({ id }) => id === contactId)
  if (!contact) throw new Error('No such contact')
  changeTags(parts, contact, [...new Set([...contact.tags, tag])])
}

export function createTagEndpoints(parts: EndpointParts): Endpoint[] {
  const { state, random } = parts

  const setTags = (contact: SandboxContact, tags: string[]) => changeTags(parts, contact, tags)
  const withTags = (contact: SandboxContact, tags: string[]) => [...new Set([...contact.tags, ...tags])]
  const withoutTags = (contact: SandboxContact, tags: string[]) =>
    contact.tags.filter((tag) => !tags.includes(tag))

  return [
    {
      ...contactTags,
      method: 'POST',
      path: '/contacts/:contactId/tags',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        const tags = savedTags(parseStrictly(tagsBody, call.body).tags)
        const tagsAdded = tags.filter((tag) => !contact.tags.includes(tag))
        setTags(contact, withTags(contact, tags))
        return { status: 201, body: { tags: [...contact.tags], tagsAdded } }
      },
    },
    {
      ...contactTags,
      method: 'DELETE',
      path: '/contacts/:contactId/tags',
      handle(call) {
        const contact = contactOf(parts, call, param(call, 'contactId'))
        const tags = savedTags(parseStrictly(tagsBody, call.body).tags)
        const tagsRemoved = tags.filter((tag) => contact.tags.includes(tag))
        setTags(contact, withoutTags(contact, tags))
        return { status: 200, body: { tags: [...contact.tags], tagsRemoved } }
      },
    },
    {
      ...contactTags,
      method: 'POST',
      path: '/contacts/bulk/tags/update/:type',
      handle(call) {
        const type = param(call, 'type')
        if (type !== 'add' && type !== 'remove')
          throw refuse(422, ['type must be one of the following values: add, remove'])
        const body = parseStrictly(bulkBody, call.body)
        requireLocation(parts, call, body.locationId)
        const tags = savedTags(body.tags)
        const responses = body.contacts.map((contactId) => {
          const contact = state.contacts.find(({ id }) => id === contactId)
          if (contact?.locationId !== body.locationId) {
            return { contactId, message: 'Contact not found', type: 'error', oldTags: [] }
          }
          const oldTags = [...contact.tags]
          if (type === 'add') setTags(contact, withTags(contact, tags))
          else setTags(contact, body.removeAllTags ? [] : withoutTags(contact, tags))
          const changed = { contactId, message: 'Tags updated', type: 'success', oldTags }
          const tagsAdded = contact.tags.filter((tag) => !oldTags.includes(tag))
          const tagsRemoved = oldTags.filter((tag) => !contact.tags.includes(tag))
          return Object.assign(changed, type === 'add' ? { tagsAdded } : { tagsRemoved })
        })
        const errorCount = responses.filter((response) => response.type === 'error').length
        return { status: 201, body: { succeded: true, errorCount, responses } }
      },
    },
    {
      method: 'GET',
      path: '/locations/:locationId/tags',
      version: '2021-07-28',
      scope: 'locations/tags.readonly',
      holders: ['location'],
      body: 'none',
      handle(call) {
        const locationId = param(call, 'locationId')
        requireLocation(parts, call, locationId)
        const tags = state.tags.filter((tag) => tag.locationId === locationId)
        return { status: 200, body: { tags: tags.map(({ id, name }) => ({ id, name, locationId })) } }
      },
    },
    {
      method: 'POST',
      path: '/locations/:locationId/tags',
      version: '2021-07-28',
      scope: 'locations/tags.write',
      holders: ['location'],
      body: 'json',
      handle(call) {
        const locationId = param(call, 'locationId')
        requireLocation(parts, call, locationId)
        const name = parseStrictly(newTagBody, call.body).name.trim().toLowerCase()
        const taken = state.tags.some((tag) => tag.locationId === locationId && tag.name === name)
        if (taken) throw refuse(400, 'The tag name is already exist.')
        const tag = { id: random.id(), locationId, name }
        state.tags.push(tag)
        return { status: 200, body: { tag: { ...tag } } }
      },
    },
  ]
}
