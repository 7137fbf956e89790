import type { StoredEvent } from './event-repository.ts'

const keptMs = 60_000
const maxKept = 5_000

/** Who watches, as far as it decides what they may hear of. */
export type Watcher = { locationId: string; userId: string; assignedDataOnly: boolean }
export type ContactSight<Session extends Watcher> = ReturnType<typeof createContactSight<Session>>

/**
 * Whether a watcher may be told an event: who sees assigned data only hears of their own contacts, and of what
 * concerns the whole connection. On doubt nothing is told.
 */
export function createContactSight<Session extends Watcher>(parts: {
  /** Rejects where the contact is not this session's to see. */
  loadContact: (session: Session, contactId: string) => Promise<unknown>
  now: () => number
}) {
  const { loadContact, now } = parts
  const kept = new Map<string, { sees: boolean; until: number }>()

  async function sees(session: Session, contactId: string): Promise<boolean> {
    try {
      await loadContact(session, contactId)
      return true
    } catch {
      return false
    }
  }

  return async function mayHear(session: Session, { event }: StoredEvent): Promise<boolean> {
    const { contactId, type } = event
    if (!session.assignedDataOnly || type === 'installation') return true
    if (contactId === null) return false
    const key = `${session.locationId}/${session.userId}/${contactId}`
    const known = kept.get(key)
    // What changed of the contact may be to whom it is assigned.
    if (known && known.until > now() && type !== 'contact') return known.sees
    const answer = await sees(session, contactId)
    if (kept.size >= maxKept) kept.clear()
    kept.set(key, { sees: answer, until: now() + keptMs })
    return answer
  }
}
