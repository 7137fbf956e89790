import { isoNow, type EndpointParts } from '../endpoint.ts'
import { refuse } from '../platform-error.ts'
import type { SandboxContact } from '../state.ts'
import { contactEvent } from '../webhooks/record-events.ts'
import { applyFields, type ContactFields } from './contact-bodies.ts'
import { rememberTags } from './tag-endpoints.ts'

export type ContactWrites = {
  duplicateOf(locationId: string, key: Pick<ContactFields, 'email' | 'phone'>): SandboxContact | undefined
  create(locationId: string, fields: ContactFields): SandboxContact
  update(contact: SandboxContact, fields: ContactFields): SandboxContact
}

/** Creating and changing contacts, with the events that follow. */
export function createContactWrites(parts: EndpointParts): ContactWrites {
  const { state, random, emit } = parts

  /** E-mail first, then phone, as the location's settings have it. */
  const duplicateOf = (locationId: string, { email, phone }: Pick<ContactFields, 'email' | 'phone'>) => {
    const here = state.contacts.filter((contact) => contact.locationId === locationId)
    const byEmail = email && here.find((contact) => contact.email?.toLowerCase() === email.toLowerCase())
    return byEmail || (phone ? here.find((contact) => contact.phone === phone) : undefined)
  }

  const requireAssignee = (locationId: string, { assignedTo }: ContactFields) => {
    if (!assignedTo) return
    const user = state.users.find(({ id }) => id === assignedTo)
    const fits =
      user && !user.deleted && (user.roles.type === 'agency' || user.roles.locationIds.includes(locationId))
    if (!fits) throw refuse(400, `User with id ${assignedTo} not found`)
  }

  const create = (locationId: string, fields: ContactFields): SandboxContact => {
    requireAssignee(locationId, fields)
    const now = isoNow(parts)
    const contact: SandboxContact = {
      id: random.id(),
      locationId,
      firstName: '',
      lastName: '',
      email: null,
      phone: null,
      companyName: null,
      timezone: null,
      country: null,
      source: 'public api',
      type: 'lead',
      assignedTo: null,
      tags: [],
      dnd: false,
      dndSettings: {},
      customFields: [],
      dateAdded: now,
      dateUpdated: now,
    }
    applyFields(contact, fields)
    rememberTags(parts, locationId, contact.tags)
    state.contacts.push(contact)
    emit(contactEvent('ContactCreate', contact))
    return contact
  }

  const update = (contact: SandboxContact, fields: ContactFields): SandboxContact => {
    requireAssignee(contact.locationId, fields)
    const before = structuredClone(contact)
    applyFields(contact, fields)
    contact.dateUpdated = isoNow(parts)
    rememberTags(parts, contact.locationId, contact.tags)
    const changed = (name: 'tags' | 'dnd' | 'dndSettings') =>
      JSON.stringify(before[name]) !== JSON.stringify(contact[name])
    if (changed('tags')) emit(contactEvent('ContactTagUpdate', contact))
    if (changed('dnd') || changed('dndSettings')) emit(contactEvent('ContactDndUpdate', contact))
    emit(contactEvent('ContactUpdate', contact))
    return contact
  }

  return { duplicateOf, create, update }
}
