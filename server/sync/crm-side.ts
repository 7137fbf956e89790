import { AppError } from '../errors.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'
import type { ContactFields, ContactsApi } from '../highlevel/contacts-api.ts'
import { storableContact } from './storable-contact.ts'
import type { ContactChange, SideContact, SideField, SyncPort } from './sync-side.ts'

const pageSize = 100
/** Of contacts with one phone or e-mail, those that a proposal names. */
const maxTwins = 20
/** By which a page goes on: contacts that change meanwhile do not move. */
const sort = [{ field: 'dateAdded', direction: 'asc' as const }]

const writable = ['firstName', 'lastName', 'email', 'phone', 'source', 'timezone'] as const

const fields: SideField[] = [
  { key: 'fullName', name: 'Full name', isReadOnly: false },
  { key: 'firstName', name: 'First name', isReadOnly: false },
  { key: 'lastName', name: 'Last name', isReadOnly: false },
  { key: 'email', name: 'E-mail', isReadOnly: false },
  { key: 'source', name: 'Source', isReadOnly: false },
  { key: 'timezone', name: 'Time zone', isReadOnly: false },
  { key: 'companyName', name: 'Company', isReadOnly: true },
]

type Contacts = Pick<
  ContactsApi,
  'search' | 'get' | 'findDuplicate' | 'create' | 'update' | 'addTags' | 'removeTags'
>

/** The contacts of a location of the CRM. */
export function createCrmSide(parts: {
  contacts: Contacts
  locationId: string
  /** Told before each change of a contact, so that its echo is not taken for somebody's. */
  willChange: (contactId: string, change: ContactChange) => Promise<void>
}): SyncPort {
  const { contacts, locationId, willChange } = parts

  const search = (searchAfter: unknown[] | undefined) =>
    contacts.search(locationId, { limit: pageSize, sort, ...(searchAfter ? { searchAfter } : {}) })

  /** Asked for a duplicate, the platform names one of several; only a search, which lags, shows them all. */
  async function findAll(
    key: Parameters<Contacts['findDuplicate']>[1],
    { field, value }: { field: string; value: string },
  ): Promise<PlatformContact[]> {
    const one = await contacts.findDuplicate(locationId, key)
    if (!one) return []
    const filters = [{ field, operator: 'eq', value }]
    return [one, ...(await contacts.search(locationId, { filters, limit: maxTwins })).contacts]
  }

  /** One by one: written as a whole, they would take away what a person has added since they were read. */
  async function changeTags(
    id: string,
    { tags, tagsBefore = [] }: ContactChange,
  ): Promise<string[] | undefined> {
    if (!tags) return undefined
    const added = tags.filter((tag) => !tagsBefore.includes(tag))
    const removed = tagsBefore.filter((tag) => !tags.includes(tag))
    const kept = [...tagsBefore, ...added]
    if (added.length > 0) {
      await willChange(id, { fields: {}, tags: kept })
      await contacts.addTags(locationId, id, added)
    }
    if (removed.length > 0) await contacts.removeTags(locationId, id, removed)
    // What others did meanwhile is not known yet.
    return [...tags].sort()
  }

  return {
    async page(cursor) {
      const found = await search(cursor === null ? undefined : (JSON.parse(cursor) as unknown[]))
      const position = found.contacts.length < pageSize ? null : found.contacts.at(-1)?.searchAfter
      return {
        contacts: found.contacts.map(fromPlatform),
        cursor: position ? JSON.stringify(position) : null,
      }
    },

    async get(id) {
      return contacts.get(locationId, id).then(fromPlatform, undefinedWhenGone)
    },

    /** The same one may be found by both. */
    async find({ phone, email }) {
      const byPhone = phone ? await findAll({ number: phone }, { field: 'phone', value: phone }) : []
      const byEmail = email ? await findAll({ email }, { field: 'email', value: email }) : []
      const byId = Map.groupBy([...byPhone, ...byEmail].map(fromPlatform), ({ id }) => id)
      return [...byId.values()].flatMap(([first]) => first ?? [])
    },

    async create(change) {
      return fromPlatform(await contacts.create(locationId, toPlatform(change)))
    },

    async update(id, change) {
      await willChange(id, change)
      const fields = toPlatform({ ...change, tags: undefined })
      const written = Object.keys(fields).length > 0 && (await contacts.update(locationId, id, fields))
      const tags = await changeTags(id, change)
      const contact = fromPlatform(written || (await contacts.get(locationId, id)))
      return tags ? { ...contact, tags } : contact
    },

    /** Custom fields by their ids: the names need a permission that the app does not ask for. */
    async fields() {
      const { contacts: some } = await search(undefined)
      const ids = new Set(some.flatMap(({ customFields }) => (customFields ?? []).map(({ id }) => id)))
      const custom = [...ids].map((id) => ({
        key: `custom:${id}`,
        name: `Custom field ${id}`,
        isReadOnly: false,
      }))
      return [...fields, ...custom]
    },
  }
}

function undefinedWhenGone(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'not_found') return undefined
  throw error
}

/** As the API, or a webhook, tells it. */
export function fromPlatform(contact: PlatformContact): SideContact {
  const custom = (contact.customFields ?? []).map(({ id, value }) => [`custom:${id}`, textOf(value)] as const)
  return storableContact({
    id: contact.id,
    phone: contact.phone?.trim() || null,
    email: contact.email?.trim() || null,
    updatedAtMs: Date.parse(contact.dateUpdated ?? contact.dateAdded ?? '') || 0,
    fields: {
      firstName: contact.firstNameRaw ?? contact.firstName ?? '',
      lastName: contact.lastNameRaw ?? contact.lastName ?? '',
      email: contact.email ?? '',
      source: contact.source ?? '',
      timezone: contact.timezone ?? '',
      companyName: contact.companyName ?? '',
      ...Object.fromEntries(custom),
    },
    tags: [...new Set((contact.tags ?? []).map((tag) => tag.trim().toLowerCase()))].sort(),
  })
}

/** A list of choices is one text to the other side. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
}

function toPlatform({ fields: values, tags }: ContactChange): ContactFields {
  const plain = writable.flatMap((name) => {
    const value = values[name]
    return value === undefined ? [] : [[name, name === 'email' && value === '' ? null : value] as const]
  })
  const custom = Object.entries(values)
    .filter(([name]) => name.startsWith('custom:'))
    .map(([name, value]) => ({ id: name.slice('custom:'.length), field_value: value }))
  return {
    ...Object.fromEntries(plain),
    ...(custom.length === 0 ? {} : { customFields: custom }),
    ...(tags === undefined ? {} : { tags }),
  }
}
