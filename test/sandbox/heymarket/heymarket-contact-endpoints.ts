import { z } from 'zod'
import { addContact, changeContact, contactByPhone } from './heymarket-contact-book.ts'
import { type HeymarketEndpoint, type HeymarketEndpointParts, newestFrom } from './heymarket-endpoint.ts'
import { badData, HeymarketRefusal, phoneDigits, readBody } from './heymarket-gate.ts'
import { normalStamp } from './heymarket-stamps.ts'
import type { HeymarketState, HeymarketStoredContact } from './heymarket-state.ts'

const contactBodySchema = z.strictObject({
  phone: phoneDigits,
  first: z.string().optional(),
  last: z.string().optional(),
  display_name: z.string().optional(),
  email: z.union([z.literal(''), z.email()]).optional(),
  custom: z.record(z.string(), z.string()).optional(),
  tags: z
    .array(z.strictObject({ tag_id: z.int() }))
    .max(5)
    .optional(),
  assignee_id: z.int().optional(),
  is_opted_out: z.boolean().optional(),
})
type ContactBody = z.output<typeof contactBodySchema>

const changeSchema = z.strictObject({
  ...contactBodySchema.shape,
  email_suppressions: z.array(z.unknown()).optional(),
})

const overwriteSchema = z.strictObject({ overwrite: z.enum(['true', 'false']).default('false') })
const dateSchema = z.strictObject({ date: z.string().optional() })
const whoSchema = z.strictObject({
  id: z.union([z.int(), z.string()]).optional(),
  phone: phoneDigits.optional(),
})
const getSchema = z.strictObject({ id: z.string().optional(), phone: phoneDigits.optional() })
const statusSchema = z.strictObject({
  ...whoSchema.shape,
  status: z.enum(['active', 'blocked', 'unblocked', 'subscribed', 'unsubscribed']),
})

const unknownContact = () => new HeymarketRefusal(404, 'not found')

const statusChanges: Record<string, Partial<HeymarketStoredContact>> = {
  active: { is_opted_out: false, is_blocked: false },
  blocked: { is_blocked: true },
  unblocked: { is_blocked: false },
  subscribed: { is_opted_out: false },
  unsubscribed: { is_opted_out: true },
}

function shapeOf({ is_blocked: _isBlocked, ...contact }: HeymarketStoredContact): Record<string, unknown> {
  return { ...contact, shared: true, team_id: 1, creator_id: 0, external_id: '', type: 'contact' }
}

/** Keys that are no field's id are dropped without a word. */
function knownCustom(state: HeymarketState, custom: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(custom).filter(([key]) => state.customFields.some(({ id }) => String(id) === key)),
  )
}

export function createHeymarketContactEndpoints(parts: HeymarketEndpointParts): HeymarketEndpoint[] {
  const { state, behaviour } = parts

  /** The phone wins over the id. */
  function find(given: {
    id?: string | number | undefined
    phone?: string | undefined
  }): HeymarketStoredContact {
    if (given.id === undefined && given.phone === undefined) throw badData('id or phone')
    const contact =
      given.phone === undefined ? state.contacts.get(Number(given.id)) : contactByPhone(state, given.phone)
    if (!contact) throw unknownContact()
    return contact
  }

  function fieldsOf(given: ContactBody, custom: Record<string, string>): Partial<HeymarketStoredContact> {
    const unknownTag = given.tags?.find(({ tag_id }) => !state.tags.some(({ id }) => id === tag_id))
    if (unknownTag) throw badData('tag_id')
    return {
      phone: given.phone,
      // Names that are not sent are emptied, whatever `overwrite` says.
      first: given.first ?? '',
      last: given.last ?? '',
      display_name: given.display_name ?? '',
      email: given.email ?? '',
      custom,
      tags: given.tags ?? [],
      ...(given.assignee_id === undefined ? {} : { assigned_user_id: Math.max(given.assignee_id, 0) }),
      ...(given.is_opted_out === undefined ? {} : { is_opted_out: given.is_opted_out }),
    }
  }

  const written = ({ id, rev }: HeymarketStoredContact) => ({ id, rev, uuid: `contact-${id}` })

  function create(body: unknown) {
    const given = readBody(contactBodySchema, body)
    if (contactByPhone(state, given.phone)) throw badData('phone is taken')
    const custom = knownCustom(state, given.custom ?? {})
    return written(addContact(parts, { ...fieldsOf(given, custom), phone: given.phone }))
  }

  function update(id: string, query: unknown, body: unknown) {
    const contact = find({ id })
    const given = readBody(changeSchema, body)
    const { overwrite } = readBody(overwriteSchema, query)
    const named = knownCustom(state, given.custom ?? {})
    const custom = overwrite === 'true' ? named : { ...contact.custom, ...named }
    const namesake = contactByPhone(state, given.phone)
    if (namesake && namesake !== contact) throw badData('phone is taken')
    changeContact(parts, contact, fieldsOf(given, custom))
    return written(contact)
  }

  function list(body: unknown) {
    const { date } = readBody(dateSchema, body)
    return newestFrom(state.contacts.values(), readDate(date), behaviour).map(shapeOf)
  }

  function setStatus(body: unknown) {
    const { status, ...who } = readBody(statusSchema, body)
    changeContact(parts, find(who), statusChanges[status] ?? {})
    return 'success'
  }

  function status(body: unknown) {
    const { id, phone, is_opted_out, is_blocked } = find(readBody(whoSchema, body))
    return { id, phone, unsubscribed: is_opted_out, blocked: is_blocked }
  }

  return [
    { method: 'POST', path: '/v1/contact', handle: ({ body }) => create(body) },
    {
      method: 'POST',
      path: '/v1/contact/get',
      handle: ({ body }) => shapeOf(find(readBody(getSchema, body))),
    },
    { method: 'POST', path: '/v1/contact/status', handle: ({ body }) => status(body) },
    { method: 'POST', path: '/v1/contact/set_status', handle: ({ body }) => setStatus(body) },
    { method: 'GET', path: '/v1/contact/:id', handle: ({ params }) => shapeOf(find({ id: params['id'] })) },
    {
      method: 'PUT',
      path: '/v1/contact/:id',
      handle: ({ params, query, body }) => update(params['id'] ?? '', query, body),
    },
    { method: 'POST', path: '/v1/contacts', handle: ({ body }) => list(body) },
    { method: 'POST', path: '/v1/contacts/count', handle: () => state.contacts.size },
    { method: 'POST', path: '/v1/contact-fields', handle: () => state.customFields },
  ]
}

/** @throws {HeymarketRefusal} 400 */
export function readDate(date: string | undefined): string | undefined {
  if (date === undefined) return undefined
  const stamp = normalStamp(date)
  if (stamp === undefined) throw badData('date')
  return stamp
}
