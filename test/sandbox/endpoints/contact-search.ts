import { z } from 'zod'
import { filledText, parseStrictly } from '../body-rules.ts'
import { requireLocation, type Endpoint, type EndpointParts } from '../endpoint.ts'
import { refuse } from '../platform-error.ts'
import type { SandboxContact } from '../state.ts'
import { compileFilter, contactFilterSchema } from './contact-filters.ts'
import { contactHit } from './contact-shapes.ts'

const sortKeys: Record<string, (contact: SandboxContact) => string | number> = {
  dateAdded: ({ dateAdded }) => Date.parse(dateAdded),
  dateUpdated: ({ dateUpdated }) => Date.parse(dateUpdated),
  firstNameLowerCase: ({ firstName }) => firstName.toLowerCase(),
  lastNameLowerCase: ({ lastName }) => lastName.toLowerCase(),
  email: ({ email }) => email?.toLowerCase() ?? '',
  companyName: ({ companyName }) => companyName?.toLowerCase() ?? '',
}

const searchBody = z.strictObject({
  locationId: filledText,
  pageLimit: z
    .number()
    .int('must be an integer')
    .min(1, 'must not be less than 1')
    .max(500, 'must not be greater than 500'),
  page: z.number().int('must be an integer').min(1, 'must not be less than 1').optional(),
  searchAfter: z.array(z.union([z.string(), z.number()])).optional(),
  query: z.string().max(75, 'must be shorter than or equal to 75 characters').optional(),
  filters: z.array(contactFilterSchema).optional(),
  sort: z.array(z.strictObject({ field: z.string(), direction: z.enum(['asc', 'desc']) })).optional(),
})
type SearchBody = z.infer<typeof searchBody>

/** `page` reaches no further; beyond it is `searchAfter`. */
const pagedMax = 10_000

type SortKey = { read: (contact: SandboxContact) => string | number; sign: 1 | -1 }

function sortOf(asked: SearchBody['sort']): SortKey[] {
  const wanted = asked?.length ? asked : [{ field: 'dateAdded', direction: 'desc' as const }]
  const keys = wanted.map(({ field, direction }): SortKey => {
    const read = Object.hasOwn(sortKeys, field) ? sortKeys[field] : undefined
    if (!read) throw refuse(422, [`Invalid field passed in sort: ${field}`])
    return { read, sign: direction === 'asc' ? 1 : -1 }
  })
  return [...keys, { read: ({ id }) => id, sign: 1 }]
}

type Position = (string | number)[]

function compare(one: Position, other: Position, keys: SortKey[]): number {
  for (const [index, { sign }] of keys.entries()) {
    const a = one[index] ?? ''
    const b = other[index] ?? ''
    if (a < b) return -sign
    if (a > b) return sign
  }
  return 0
}

function matches(contact: SandboxContact, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const { firstName, lastName, email, companyName, phone } = contact
  const haystack = [firstName, lastName, email, companyName].join(' ').toLowerCase()
  const digits = query.replace(/\D/g, '')
  const byPhone = digits.length >= 3 && /^[\d\s+().-]+$/.test(query) && (phone ?? '').includes(digits)
  return byPhone || words.every((word) => haystack.includes(word))
}

/** @see https://marketplace.gohighlevel.com/docs/ghl/contacts/search-contacts-advanced */
export function createContactSearch(parts: EndpointParts): Endpoint {
  const { state, clock, behaviour } = parts

  const find = (body: SearchBody): SandboxContact[] => {
    const filters = (body.filters ?? []).map(compileFilter)
    const indexedUntil = clock.now() - behaviour.searchLagMs
    return state.contacts.filter(
      (contact) =>
        contact.locationId === body.locationId &&
        (behaviour.searchLagMs === 0 || Date.parse(contact.dateAdded) <= indexedUntil) &&
        (!body.query || matches(contact, body.query)) &&
        filters.every((filter) => filter(contact)),
    )
  }

  return {
    method: 'POST',
    path: '/contacts/search',
    version: '2021-07-28',
    scope: 'contacts.readonly',
    holders: ['location'],
    body: 'json',
    handle(call) {
      const body = parseStrictly(searchBody, call.body)
      requireLocation(parts, call, body.locationId)
      const { pageLimit, page, searchAfter } = body
      if (page !== undefined && searchAfter)
        throw refuse(422, ['page and searchAfter should not be sent together'])
      if ((page ?? 1) * pageLimit > pagedMax)
        throw refuse(400, 'Beyond 10000 records searchAfter must be used')
      const keys = sortOf(body.sort)
      if (searchAfter && searchAfter.length !== keys.length) throw refuse(400, 'Invalid searchAfter')

      const sorted = find(body)
        .map((contact) => ({ contact, position: keys.map(({ read }) => read(contact)) }))
        .sort((one, other) => compare(one.position, other.position, keys))
      const rest = searchAfter
        ? sorted.filter(({ position }) => compare(position, searchAfter, keys) > 0)
        : sorted.slice(((page ?? 1) - 1) * pageLimit)
      const contacts = rest.slice(0, pageLimit).map(({ contact, position }) => contactHit(contact, position))
      return { status: 200, body: { contacts, total: sorted.length } }
    },
  }
}
