import { AppError } from '../errors.ts'
import type { HeymarketContact, HeymarketContactFields } from '../providers/heymarket-contact-records.ts'
import type { HeymarketContactsApi } from '../providers/heymarket-contacts-api.ts'
import { nextStamp } from './date-cursor.ts'
import { createHeymarketTagBook, tagNameOf } from './heymarket-tag-book.ts'
import { joinName } from './name-parts.ts'
import { storableContact } from './storable-contact.ts'
import type { ContactChange, SideContact, SideField, SyncPort } from './sync-side.ts'

const fields: SideField[] = [
  { key: 'displayName', name: 'Display name', isReadOnly: false },
  { key: 'fullName', name: 'Full name', isReadOnly: false },
  { key: 'firstName', name: 'First name', isReadOnly: false },
  { key: 'lastName', name: 'Last name', isReadOnly: false },
  { key: 'email', name: 'E-mail', isReadOnly: false },
]

/**
 * The contacts of a Heymarket account.
 * @param parts.takeTurn resolves when one more call keeps within the account's pace
 */
export function createHeymarketSide(parts: {
  api: HeymarketContactsApi
  takeTurn: () => Promise<void>
}): SyncPort {
  const { takeTurn } = parts

  /** Every call waits for its turn. */
  async function ask<T>(calls: number, call: (api: HeymarketContactsApi) => Promise<T>): Promise<T> {
    for (let turn = 0; turn < calls; turn += 1) await takeTurn()
    return call(parts.api)
  }

  const book = createHeymarketTagBook({ ask })

  async function fromHeymarket(contact: HeymarketContact): Promise<SideContact> {
    const names = await book.namesOf(contact.tagIds)
    return sideContact(contact, names)
  }

  async function get(id: string): Promise<SideContact | undefined> {
    const found = await ask(1, (api) => api.get(Number(id))).catch(undefinedWhenGone)
    return found && fromHeymarket(found)
  }

  async function written(id: number): Promise<SideContact> {
    return fromHeymarket(await ask(1, (api) => api.get(id)))
  }

  return {
    async page(cursor) {
      const page = await ask(1, (api) => api.list(cursor === null ? {} : { updatedBefore: cursor }))
      const contacts = []
      for (const contact of page.contacts) contacts.push(await fromHeymarket(contact))
      const last = page.nextUpdatedBefore
      return { contacts, cursor: last === null ? null : nextStamp(cursor, last) }
    },

    get,

    /** Heymarket can be searched by phone alone. */
    async find({ phone }) {
      const found = phone ? await ask(1, (api) => api.findByPhone(phone)) : null
      return found ? [await fromHeymarket(found)] : []
    },

    async create(change) {
      const values = await toHeymarket(change, book.idsOf)
      const { phone } = values
      if (phone === undefined)
        throw new AppError('no_phone', 'Heymarket takes no contact without a phone number.')
      const shown = values.displayName ?? joinName(values.first, values.last)
      const fields = { ...values, phone, ...(shown === '' ? {} : { displayName: shown }) }
      return written(await ask(1, (api) => api.create(fields)))
    },

    async update(id, change) {
      const values = await toHeymarket(change, async (names) =>
        book.besideUnknown(Number(id), await book.idsOf(names)),
      )
      await ask(2, (api) => api.update(Number(id), values))
      return written(Number(id))
    },

    async fields() {
      const custom = await ask(1, (api) => api.customFields())
      return [
        ...fields,
        ...custom.map(({ id, title }) => ({ key: `custom:${id}`, name: title, isReadOnly: false })),
      ]
    },
  }
}

function undefinedWhenGone(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'not_found') return undefined
  throw error
}

function sideContact(contact: HeymarketContact, tagNames: readonly string[]): SideContact {
  const custom = Object.entries(contact.custom).map(([id, value]) => [`custom:${id}`, value] as const)
  return storableContact({
    id: String(contact.id),
    phone: contact.phone,
    email: contact.email.trim() || null,
    updatedAtMs: Date.parse(contact.updatedAt) || 0,
    fields: {
      firstName: contact.first,
      lastName: contact.last,
      displayName: contact.displayName,
      email: contact.email,
      ...Object.fromEntries(custom),
    },
    tags: tagNames.map(tagNameOf).sort(),
    hasUnnamedTags: tagNames.length < contact.tagIds.length,
  })
}

async function toHeymarket(
  { fields: values, tags }: ContactChange,
  tagIds: (names: readonly string[]) => Promise<number[]>,
): Promise<Partial<HeymarketContactFields>> {
  const { phone, firstName, lastName, displayName, email } = values
  const custom = Object.entries(values)
    .filter(([name]) => name.startsWith('custom:'))
    .map(([name, value]) => [name.slice('custom:'.length), value] as const)
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(firstName === undefined ? {} : { first: firstName }),
    ...(lastName === undefined ? {} : { last: lastName }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(email === undefined ? {} : { email }),
    ...(custom.length === 0 ? {} : { custom: Object.fromEntries(custom) }),
    ...(tags === undefined ? {} : { tagIds: await tagIds(tags) }),
  }
}
