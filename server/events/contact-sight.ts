import { BoundedMap } from '../bounded-map.ts'
import { AppError } from '../errors.ts'
import type { StoredEvent } from './event-repository.ts'

const keptMs = 60_000
const maxKept = 5_000

/** Asking again would not change these. */
const final: ReadonlySet<string> = new Set<AppError['code']>(['not_found', 'forbidden', 'rejected'])

/** Who watches, as far as it decides what they may hear of. */
export type Watcher = { locationId: string; userId: string; assignedDataOnly: boolean }
export type ContactSight = ReturnType<typeof createContactSight>

type Known = {
  /** The user's id; null where the contact is nobody's, or is not there. */
  assignedTo: Promise<string | null>
  /** Everything up to the event with this id had happened when it was asked for. */
  upToId: number
  until: number
}

/**
 * Whether a watcher may be told an event: who sees assigned data only hears of their own contacts, and of what
 * concerns the whole connection. All watchers share what is known of a contact.
 */
export function createContactSight(parts: {
  /** `not_found` where the contact is not this location's. */
  findAssignee: (locationId: string, contactId: string) => Promise<string | null>
  now: () => number
}) {
  const { findAssignee, now } = parts
  const kept = new BoundedMap<string, Known>(maxKept)

  async function ask(locationId: string, contactId: string): Promise<string | null> {
    try {
      return await findAssignee(locationId, contactId)
    } catch (error) {
      if (error instanceof AppError && final.has(error.code)) return null
      throw error
    }
  }

  function askOnce(key: string, locationId: string, contactId: string, upToId: number): Known {
    const known = { assignedTo: ask(locationId, contactId), upToId, until: now() + keptMs }
    kept.set(key, known)
    // A failure tells nothing of the contact: who asks next asks anew.
    known.assignedTo.catch(() => {
      if (kept.get(key) === known) kept.delete(key)
    })
    return known
  }

  /**
   * @param newestId of what has happened by now, as far as it is known
   * @throws {AppError} where it cannot be told now
   */
  return async function mayHear(watcher: Watcher, stored: StoredEvent, newestId: number): Promise<boolean> {
    const { locationId, userId, assignedDataOnly } = watcher
    const { contactId, type } = stored.event
    if (!assignedDataOnly || type === 'installation') return true
    if (contactId === null) return false
    const key = `${locationId}/${contactId}`
    const known = kept.get(key)
    // What changed of the contact may be to whom it is assigned.
    const isOutdated = !known || known.until <= now() || (type === 'contact' && known.upToId < stored.id)
    const { assignedTo } = isOutdated ? askOnce(key, locationId, contactId, newestId) : known
    return (await assignedTo) === userId
  }
}
