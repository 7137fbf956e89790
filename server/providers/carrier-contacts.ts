import { AppError } from '../errors.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { ConversationsApi } from '../highlevel/conversations-api.ts'
import { waysToWrite } from './phone-rules.ts'

const maxMatches = 20

export type CarrierContacts = ReturnType<typeof createCarrierContacts>

/** The CRM's contacts, by the numbers that other systems know them by; those are E.164 here. */
export function createCarrierContacts(parts: {
  contacts: Pick<ContactsApi, 'search' | 'get' | 'findDuplicate' | 'create' | 'update'>
  conversations: Pick<ConversationsApi, 'search'>
  /** As the CRM writes it. @returns E.164 */
  readPhone: (locationId: string, phone: string) => Promise<string | undefined>
}) {
  const { contacts, conversations, readPhone } = parts

  /** All who have it, however it was written; the oldest first. A search does not know yet what was just made. */
  async function findAll(locationId: string, phone: string): Promise<PlatformContact[]> {
    const filters = waysToWrite(phone).map((value) => ({ field: 'phone', operator: 'eq', value }))
    const anyOf = [{ group: 'OR' as const, filters }]
    const found = await contacts.search(locationId, { filters: anyOf, limit: maxMatches })
    const own: PlatformContact[] = []
    for (const contact of found.contacts) {
      if ((await readPhone(locationId, contact.phone ?? '')) === phone) own.push(contact)
    }
    if (own.length > 0) return own.toSorted(byAge)
    const newest = await contacts.findDuplicate(locationId, { number: phone })
    return newest ? [newest] : []
  }

  async function lastTalkedAt(locationId: string, contactId: string): Promise<number> {
    const found = await conversations.search(locationId, { contactId, limit: 1 })
    return found.conversations.find((one) => one.contactId === contactId)?.lastMessageDate ?? 0
  }

  /** Of several, the one that was talked to last; where nobody was, the oldest. */
  async function find(locationId: string, phone: string): Promise<PlatformContact | undefined> {
    const [first, ...others] = await findAll(locationId, phone)
    if (!first || others.length === 0) return first
    let latest = { contact: first, at: await lastTalkedAt(locationId, first.id) }
    for (const contact of others) {
      const at = await lastTalkedAt(locationId, contact.id)
      if (at > latest.at) latest = { contact, at }
    }
    return latest.contact
  }

  const dndOf = async (locationId: string, contactId: string) =>
    (await contacts.get(locationId, contactId)).dndSettings?.SMS?.status ?? 'inactive'

  const write = (locationId: string, contactId: string, status: 'active' | 'inactive', message: string) =>
    contacts.update(locationId, contactId, { dndSettings: { SMS: { status, message } } })

  return {
    find,

    create: (locationId: string, phone: string, source: string): Promise<PlatformContact> =>
      contacts.create(locationId, { phone, source }),

    /**
     * Sets do-not-disturb for SMS on all who have this number and have it not yet.
     * @param willSet before each: from then on it counts as set by us
     * @returns on whom it was set
     */
    async setDnd(
      locationId: string,
      phone: string,
      message: string,
      willSet: (contactId: string) => Promise<void>,
    ): Promise<string[]> {
      const set: string[] = []
      for (const { id } of await findAll(locationId, phone)) {
        await unlessDeleted(async () => {
          if ((await dndOf(locationId, id)) !== 'inactive') return
          await willSet(id)
          await write(locationId, id, 'active', message)
          set.push(id)
        })
      }
      return set
    },

    /** Takes it off these contacts; what the CRM made permanent stays. */
    async liftDnd(locationId: string, contactIds: readonly string[], message: string): Promise<void> {
      for (const id of contactIds) {
        await unlessDeleted(async () => {
          if ((await dndOf(locationId, id)) === 'active') await write(locationId, id, 'inactive', message)
        })
      }
    },
  }
}

function byAge(one: PlatformContact, other: PlatformContact): number {
  const age = (one.dateAdded ?? '').localeCompare(other.dateAdded ?? '')
  return age === 0 ? one.id.localeCompare(other.id) : age
}

async function unlessDeleted(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
  }
}
