import type { PlatformContact } from '../highlevel/contact-answers.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { Session } from '../session/session.ts'
import { AppError } from '../errors.ts'

/** Proofs kept at most; the oldest goes first. */
const maxProofs = 20_000
/** A contact never changes its location; the proof only bounds what a deleted one leaves behind. */
const proofTtlMs = 5 * 60_000

export type ContactAccess = ReturnType<typeof createContactAccess>

/**
 * The gate before everything that touches a contact: it belongs to the session's location and, for a user who sees
 * assigned data only, to that user. The location's token opens every contact of the location, so the platform does
 * not check the second part for us.
 */
export function createContactAccess({ contacts, now }: { contacts: ContactsApi; now: () => number }) {
  const provenUntil = new Map<string, number>()

  function remember(key: string): void {
    provenUntil.delete(key)
    provenUntil.set(key, now() + proofTtlMs)
    const oldest = provenUntil.size > maxProofs ? provenUntil.keys().next().value : undefined
    if (oldest !== undefined) provenUntil.delete(oldest)
  }

  /** Reads the contact from the platform. `not_found` for another location's, `forbidden` for a colleague's. */
  async function load(session: Session, contactId: string): Promise<PlatformContact> {
    const contact = await contacts.get(session.locationId, contactId)
    // The location's own token opened it: an answer that does not say where it belongs is this location's.
    if ((contact.locationId ?? session.locationId) !== session.locationId) {
      throw new AppError('not_found', 'This contact does not exist in this sub-account.')
    }
    if (session.assignedDataOnly && contact.assignedTo !== session.userId) {
      throw new AppError('forbidden', 'This contact is assigned to someone else, and you see only your own.')
    }
    remember(`${session.locationId}/${contactId}`)
    return contact
  }

  /** Passes or throws as `load`; asks the platform only where nothing fresh is known. */
  async function ensure(session: Session, contactId: string): Promise<void> {
    const proven = provenUntil.get(`${session.locationId}/${contactId}`) ?? 0
    if (!session.assignedDataOnly && proven > now()) return
    await load(session, contactId)
  }

  return { load, ensure }
}
