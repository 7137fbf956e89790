import { and, asc, eq, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '../storage/database.ts'
import type { RunInOneTrip, Statement } from '../storage/one-trip.ts'
import { webhookEvents, webhookIdsPerBlock } from '../storage/schema.ts'

export type WebhookEvent = typeof webhookEvents.$inferSelect
export type ReceivedEvent = Omit<WebhookEvent, 'id' | 'processedAt'>

/** An event that is about to be stored under this id, unless it is a repeat. */
export type NumberedWebhook = { eventId: number; event: ReceivedEvent }

/** As long as the platform may deliver an event again. */
const keptMs = 30 * 24 * 3_600_000

const rowSchema = z.object({ id: z.coerce.number() })
const blockSchema = z.tuple([rowSchema])
const addedSchema = z.array(rowSchema)

/** As one parameter: there may be hundreds of them. */
const isOneOf = (eventIds: readonly number[]): SQL =>
  sql`${webhookEvents.id} = any(${sql.param(eventIds)}::bigint[])`

export type WebhookRepository = ReturnType<typeof createWebhookRepository>

/** The ledger of what the platform told us. */
export function createWebhookRepository(parts: { db: Db; runInOneTrip: RunInOneTrip }) {
  const { db, runInOneTrip } = parts
  let block = { next: 0, end: 0 }

  /** Ids that nobody else uses; those of repeats stay unused, and so does the rest of a block where another is begun. */
  async function takeIds(count: number): Promise<number[]> {
    if (block.next + count > block.end) {
      const { rows } = await db.execute(sql`select nextval('webhook_events_id_seq') as id`)
      const [{ id }] = blockSchema.parse(rows)
      block = { next: id, end: id + webhookIdsPerBlock }
    }
    const first = block.next
    block.next += count
    return Array.from({ length: count }, (_, place) => first + place)
  }

  /** Where the database was set back to an earlier time, others may have these ids meanwhile. */
  function forgetBlock(error: unknown): never {
    block = { next: 0, end: 0 }
    throw error
  }

  /** One parameter for all rows: a query builder takes longer for its own part than the database for the rest. */
  const insertAll = (events: readonly NumberedWebhook[]): Statement => sql`
    insert into ${webhookEvents}
      (id, dedupe_key, type, location_id, company_id, event_at, received_at, payload)
    select id, "dedupeKey", type, "locationId", "companyId", "eventAt", "receivedAt", payload
    from jsonb_to_recordset(${JSON.stringify(events.map(({ eventId, event }) => ({ id: eventId, ...event })))}::jsonb)
      as event (
        id bigint, "dedupeKey" text, type text, "locationId" text, "companyId" text,
        "eventAt" timestamptz, "receivedAt" timestamptz, payload jsonb)
    on conflict (dedupe_key) do nothing
    returning id`

  return {
    /**
     * Stores each event once, and what is to follow in the same transaction.
     * @param events of one batch: fewer than a block has ids
     * @param follow what queues the work; it may concern repeats, of which nothing is stored under their id
     * @returns for each event whether it was new; of two alike the first is
     */
    async storeAll(
      events: readonly ReceivedEvent[],
      follow: (events: NumberedWebhook[]) => Promise<Statement[]>,
    ): Promise<boolean[]> {
      const ids = await takeIds(events.length)
      const numbered = events.map((event, place) => ({ eventId: ids[place] as number, event }))
      const [added] = await runInOneTrip([insertAll(numbered), ...(await follow(numbered))]).catch(
        forgetBlock,
      )
      const addedIds = new Set(addedSchema.parse(added?.rows).map(({ id }) => id))
      return ids.map((id) => addedIds.has(id))
    },

    /** Those of these that are still to be worked on, in the order in which they came. */
    listOpen(eventIds: readonly number[]): Promise<WebhookEvent[]> {
      return db
        .select()
        .from(webhookEvents)
        .where(and(isOneOf(eventIds), isNull(webhookEvents.processedAt)))
        .orderBy(asc(webhookEvents.receivedAt), asc(webhookEvents.id))
    },

    async find(id: number): Promise<WebhookEvent | undefined> {
      const [event] = await db.select().from(webhookEvents).where(eq(webhookEvents.id, id))
      return event
    },

    /** The first time counts. */
    async markProcessed(eventIds: readonly number[], at: Date): Promise<void> {
      if (eventIds.length === 0) return
      await db
        .update(webhookEvents)
        .set({ processedAt: at })
        .where(and(isOneOf(eventIds), isNull(webhookEvents.processedAt)))
    },

    /** Old events go with all that they hold, whether they could be worked on or not. */
    async prune(nowMs: number): Promise<void> {
      await db.delete(webhookEvents).where(lt(webhookEvents.receivedAt, new Date(nowMs - keptMs)))
    },
  }
}
