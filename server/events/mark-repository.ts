import { and, eq, gt, inArray, isNotNull, lt } from 'drizzle-orm'
import { type MessageStatus, openMessageStatuses } from '../../shared/message-statuses.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { eventMarks } from '../storage/schema.ts'

/** Longer than any event may be late. */
const keptMs = 30 * 24 * 3_600_000

export type MarkKind = 'contact' | 'dnd' | 'tags' | 'note' | 'task' | 'message'
export type Mark = {
  locationId: string
  kind: MarkKind
  objectId: string
  contactId: string | null
  status: MessageStatus | null
  at: Date
}
export type MarkRepository = ReturnType<typeof createMarkRepository>

/** The newest that is known of each thing in a location; written only by whoever holds the location's order. */
export function createMarkRepository({ db, now }: { db: Db; now: () => number }) {
  return {
    async find(
      { locationId, kind, objectId }: Pick<Mark, 'locationId' | 'kind' | 'objectId'>,
      transaction: Transaction,
    ): Promise<Pick<Mark, 'contactId' | 'status' | 'at'> | undefined> {
      const [row] = await transaction
        .select()
        .from(eventMarks)
        .where(
          and(
            eq(eventMarks.locationId, locationId),
            eq(eventMarks.kind, kind),
            eq(eventMarks.objectId, objectId),
          ),
        )
      return row
    },

    async put(mark: Mark, transaction: Transaction): Promise<void> {
      const { contactId, status, at } = mark
      await transaction
        .insert(eventMarks)
        .values(mark)
        .onConflictDoUpdate({
          target: [eventMarks.locationId, eventMarks.kind, eventMarks.objectId],
          set: { contactId, status, at },
        })
    },

    /** Contacts with texts of the last day of which more is still to be heard. */
    async contactsWaiting(locationId: string): Promise<Set<string>> {
      const rows = await db
        .selectDistinct({ contactId: eventMarks.contactId })
        .from(eventMarks)
        .where(
          and(
            eq(eventMarks.locationId, locationId),
            inArray(eventMarks.status, [...openMessageStatuses]),
            gt(eventMarks.at, new Date(now() - 24 * 3_600_000)),
            isNotNull(eventMarks.contactId),
          ),
        )
      return new Set(rows.flatMap(({ contactId }) => contactId ?? []))
    },

    async prune(): Promise<void> {
      await db.delete(eventMarks).where(lt(eventMarks.at, new Date(now() - keptMs)))
    },
  }
}
