import { AppError } from '../errors.ts'
import type { ContactsApi, PlatformContact } from '../highlevel/contacts-api.ts'
import type { ConversationsApi } from '../highlevel/conversations-api.ts'

const maxMatches = 20

export type CarrierContacts = ReturnType<typeof createCarrierContacts>

/** The CRM's contacts, by the numbers that other systems know them by. */
export function createCarrierContacts(parts: {
  contacts: Pick<ContactsApi, 'search' | 'get' | 'findDuplicate' | 'create' | 'update'>
  conversations: Pick<ConversationsApi, 'search'>
}) {
  const { contacts, conversations } = parts

  /** A search does not know yet what was just made. */
  async function findAll(locationId: string, phone: string): Promise<PlatformContact[]> {
    const filters = [{ field: 'phone', operator: 'eq', value: phone }]
    const found = await contacts.search(locationId, { filters, limit: maxMatches })
    if (found.contacts.length > 0) return found.contacts
    const newest = await contacts.findDuplicate(locationId, { number: phone })
    return newest ? [newest] : []
  }

  async function lastTalkedAt(locationId: string, contactId: string): Promise<number> {
    const found = await conversations.search(locationId, { contactId, limit: 1 })
    return found.conversations.find((one) => one.contactId === contactId)?.lastMessageDate ?? 0
  }

  /** Of several, the one that was talked to last. */
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

  return {
    find,

    create: (locationId: string, phone: string, source: string): Promise<PlatformContact> =>
      contacts.create(locationId, { phone, source }),

    /**
     * Brings do-not-disturb for SMS of all who have this number to what it is to be. What already is so is left alone,
     * and what the CRM made permanent, too.
     */
    async setDnd(locationId: string, phone: string, wanted: { isActive: boolean; message: string }) {
      const changed: string[] = []
      for (const { id } of await findAll(locationId, phone)) {
        try {
          const status = (await contacts.get(locationId, id)).dndSettings?.SMS?.status ?? 'inactive'
          if (status === 'permanent' || (status === 'active') === wanted.isActive) continue
          const SMS = {
            status: wanted.isActive ? ('active' as const) : ('inactive' as const),
            message: wanted.message,
          }
          await contacts.update(locationId, id, { dndSettings: { SMS } })
          changed.push(id)
        } catch (error) {
          // Deleted meanwhile.
          if (!(error instanceof AppError) || error.code !== 'not_found') throw error
        }
      }
      return changed
    },
  }
}
