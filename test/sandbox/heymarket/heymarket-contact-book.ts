import type { HeymarketStamps } from './heymarket-stamps.ts'
import type { HeymarketState, HeymarketStoredContact } from './heymarket-state.ts'

type BookParts = { state: HeymarketState; stamps: HeymarketStamps }

export type HeymarketContactSeed = Partial<Omit<HeymarketStoredContact, 'id' | 'created' | 'updated'>> & {
  /** Digits without `+`. */
  phone: string
}

/** A contact as a person there makes it. */
export function addContact(
  { state, stamps }: BookParts,
  fields: HeymarketContactSeed,
): HeymarketStoredContact {
  const at = stamps.next()
  const contact: HeymarketStoredContact = {
    id: state.nextId(),
    first: '',
    last: '',
    display_name: '',
    email: '',
    custom: {},
    tags: [],
    note: [],
    assigned_user_id: 0,
    avatar: '',
    is_opted_out: false,
    is_blocked: false,
    rev: 1,
    ...fields,
    created: at,
    updated: at,
  }
  state.contacts.set(contact.id, contact)
  return contact
}

/** Any change moves the contact to the top of the lists. */
export function changeContact(
  { stamps }: Pick<BookParts, 'stamps'>,
  contact: HeymarketStoredContact,
  changes: Partial<HeymarketStoredContact>,
): void {
  Object.assign(contact, changes, { updated: stamps.next(), rev: contact.rev + 1 })
}

export function contactByPhone(
  { contacts }: Pick<HeymarketState, 'contacts'>,
  phone: string,
): HeymarketStoredContact | undefined {
  return contacts.values().find((contact) => contact.phone === phone)
}
