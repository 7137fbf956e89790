import { z } from 'zod'
import type { Contact, ContactListAnswer, ContactListQuery } from '../../shared/contact-contract.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'
import type { ContactsApi, SearchFilter } from '../highlevel/contacts-api.ts'
import { decodeCursor, encodeCursor } from '../opaque-cursor.ts'
import { requirePermission } from '../rights.ts'
import type { Session } from '../session/session.ts'
import type { ContactAccess } from './contact-access.ts'
import { toContact, toContactSummary } from './contact-model.ts'

export type ContactService = ReturnType<typeof createContactService>

/** Either the platform's own cursor or, where it gives none, a page number. */
const positionSchema = z.union([
  z.strictObject({ after: z.array(z.unknown()).min(1).max(10) }),
  z.strictObject({ page: z.number().int().min(2).max(10_000) }),
])
type Position = z.infer<typeof positionSchema>

function filtersFor(session: Session, tag: string | undefined): SearchFilter[] {
  return [
    ...(tag === undefined
      ? []
      : [{ field: 'tags', operator: 'contains', value: tag.trim().toLowerCase() } as const]),
    ...(session.assignedDataOnly
      ? [{ field: 'assignedTo', operator: 'eq', value: session.userId } as const]
      : []),
  ]
}

function nextPosition(
  found: PlatformContact[],
  limit: number,
  before: Position | undefined,
): Position | null {
  if (found.length < limit) return null
  const after = found.at(-1)?.searchAfter
  if (after && after.length > 0) return { after }
  return { page: before && 'page' in before ? before.page + 1 : 2 }
}

export function createContactService(parts: { contacts: ContactsApi; access: ContactAccess }) {
  const { contacts, access } = parts

  /** Search by text and tag; without either, the latest contacts. A restricted user's list holds only their own. */
  async function list(session: Session, query: ContactListQuery): Promise<ContactListAnswer> {
    requirePermission(session, 'contacts')
    const position = decodeCursor(query.cursor, (value) => positionSchema.parse(value))
    const text = query.query?.trim()
    const filters = filtersFor(session, query.tag)
    const found = await contacts.search(session.locationId, {
      limit: query.limit,
      ...(text ? { query: text } : {}),
      ...(filters.length > 0 ? { filters } : {}),
      ...(position && 'after' in position ? { searchAfter: position.after } : { page: position?.page ?? 1 }),
    })
    const next = nextPosition(found.contacts, query.limit, position)
    return {
      contacts: visible(session, found.contacts).map(toContactSummary),
      nextCursor: next === null ? null : encodeCursor(next),
    }
  }

  async function get(session: Session, contactId: string): Promise<Contact> {
    return toContact(await access.load(session, contactId))
  }

  return { list, get }
}

/** The platform's filter is not trusted with the last word on who may see what. */
function visible(session: Session, found: PlatformContact[]): PlatformContact[] {
  return found.filter(
    (contact) =>
      (contact.locationId ?? session.locationId) === session.locationId &&
      (!session.assignedDataOnly || contact.assignedTo === session.userId),
  )
}
