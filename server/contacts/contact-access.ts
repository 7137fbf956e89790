import { BoundedMap } from '../bounded-map.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { Session } from '../session/session.ts'
import { AppError } from '../errors.ts'
import { requirePermission } from '../rights.ts'

const maxProofs = 20_000
/** A contact never changes its location; the proof only bounds what a deleted one leaves behind. */
const proofTtlMs = 5 * 60_000
const maxRecent = 1_000
/** As long as a rep may take from opening a contact to their next keystroke. */
const recentMs = 60_000

/** `isCurrent`: read just now, not within the last minute. */
export type KnownContact = { contact: PlatformContact; isCurrent: boolean }

export type ContactAccess = ReturnType<typeof createContactAccess>

/**
 * The gate before everything that touches a contact: it belongs to the session's location and, for a user who sees
 * assigned data only, to that user. The location's token opens every contact of the location, so the platform does
 * not check the second part for us.
 */
export function createContactAccess({ contacts, now }: { contacts: ContactsApi; now: () => number }) {
  const provenUntil = new BoundedMap<string, number>(maxProofs)
  const recent = new BoundedMap<string, { contact: PlatformContact; until: number }>(maxRecent)

  /** What was asked later is newer, whichever answer comes first. */
  function remember(key: string, contact: PlatformContact, askedAt: number): void {
    const until = askedAt + recentMs
    provenUntil.set(key, askedAt + proofTtlMs)
    if ((recent.get(key)?.until ?? 0) <= until) recent.set(key, { contact, until })
  }

  /** Something of the contact is not as it was read. */
  function outdate(session: Session, contactId: string): void {
    recent.delete(keyOf(session, contactId))
  }

  async function readNow(session: Session, contactId: string): Promise<PlatformContact> {
    try {
      return await contacts.get(session.locationId, contactId)
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') {
        outdate(session, contactId)
        provenUntil.delete(keyOf(session, contactId))
      }
      throw error
    }
  }

  /** Reads the contact from the platform. `not_found` for another location's, `forbidden` for a colleague's. */
  async function load(session: Session, contactId: string): Promise<PlatformContact> {
    requirePermission(session, 'contacts')
    const askedAt = now()
    const contact = await readNow(session, contactId)
    if (session.assignedDataOnly && contact.assignedTo !== session.userId) {
      throw new AppError('forbidden', 'This contact is assigned to someone else, and you see only your own.')
    }
    remember(keyOf(session, contactId), contact, askedAt)
    return contact
  }

  /**
   * Passes or throws as `load`; asks the platform only where nothing fresh is known.
   * @returns the contact, where it was read within the last minute
   */
  async function ensure(session: Session, contactId: string): Promise<KnownContact | undefined> {
    requirePermission(session, 'contacts')
    const key = keyOf(session, contactId)
    const proven = provenUntil.get(key) ?? 0
    if (session.assignedDataOnly || proven <= now()) {
      return { contact: await load(session, contactId), isCurrent: true }
    }
    const read = recent.get(key)
    return read && read.until > now() ? { contact: read.contact, isCurrent: false } : undefined
  }

  return { load, ensure, outdate }
}

const keyOf = ({ locationId }: Session, contactId: string): string => `${locationId}/${contactId}`
