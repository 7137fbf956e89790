import { and, eq, gt, inArray, isNotNull, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { messageStatuses, openMessageStatuses } from '../../shared/message-statuses.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { eventMarks } from '../storage/schema.ts'

/** Longer than any event may be late. */
const keptMs = 30 * 24 * 3_600_000

const markSchema = z.object({
  kind: z.enum(['contact', 'dnd', 'tags', 'note', 'task', 'message']),
  objectId: z.string(),
  contactId: z.string().nullable(),
  status: z.enum(messageStatuses).nullable(),
  at: z.coerce.date(),
})
/** What is known of a thing in a location. */
export type Mark = z.infer<typeof markSchema>
export type MarkKind = Mark['kind']
export type MarkedThing = Pick<Mark, 'kind' | 'objectId'>
export type MarkRepository = ReturnType<typeof createMarkRepository>

/** The newest that is known of each thing in a location; written only by whoever holds the location's order. */
export function createMarkRepository({ db, now }: { db: Db; now: () => number }) {
  return {
    async listFor(
      locationId: string,
      things: readonly MarkedThing[],
      transaction: Transaction,
    ): Promise<Mark[]> {
      if (things.length === 0) return []
      // By the ids alone: the planner takes few of them for the index, whatever it last knew of the table's size.
      const ids = [...new Set(things.map(({ objectId }) => objectId))]
      const kinds = [...new Set(things.map(({ kind }) => kind))]
      const { rows } = await transaction.execute(sql`
        select kind, object_id as "objectId", contact_id as "contactId", status, at from ${eventMarks}
        where location_id = ${locationId}
          and kind = any(${sql.param(kinds)}::text[]) and object_id = any(${sql.param(ids)}::text[])`)
      return z.array(markSchema).parse(rows)
    },

    /** One per thing. */
    async putAll(locationId: string, marks: readonly Mark[], transaction: Transaction): Promise<void> {
      if (marks.length === 0) return
      await transaction.execute(sql`
        insert into ${eventMarks} (location_id, kind, object_id, contact_id, status, at)
        select ${locationId}, kind, "objectId", "contactId", status, at
        from jsonb_to_recordset(${JSON.stringify(marks)}::jsonb)
          as mark (kind text, "objectId" text, "contactId" text, status text, at timestamptz)
        on conflict (location_id, kind, object_id) do update
          set contact_id = excluded.contact_id, status = excluded.status, at = excluded.at`)
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
