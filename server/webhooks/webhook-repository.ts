import { and, asc, eq, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Transaction } from '../storage/database.ts'
import { webhookEvents } from '../storage/schema.ts'

export type WebhookEvent = typeof webhookEvents.$inferSelect
export type ReceivedEvent = Omit<WebhookEvent, 'id' | 'processedAt'>

/** A stored event, and whose it is. */
export type StoredWebhook = { eventId: number; event: ReceivedEvent }

/** As long as the platform may deliver an event again. */
const keptMs = 30 * 24 * 3_600_000

const addedSchema = z.array(z.object({ id: z.coerce.number(), key: z.string() }))

/** As one parameter: there may be hundreds of them. */
const isOneOf = (eventIds: readonly number[]): SQL =>
  sql`${webhookEvents.id} = any(${sql.param(eventIds)}::bigint[])`

export type WebhookRepository = ReturnType<typeof createWebhookRepository>

/** The ledger of what the platform told us. */
export function createWebhookRepository({ db }: { db: Db }) {
  /** One parameter for all rows: a query builder takes longer for its own part than the database for the rest. */
  async function insertAll(events: readonly ReceivedEvent[], transaction: Transaction) {
    const { rows } = await transaction.execute(sql`
      insert into ${webhookEvents}
        (dedupe_key, type, location_id, company_id, event_at, received_at, payload)
      select "dedupeKey", type, "locationId", "companyId", "eventAt", "receivedAt", payload
      from jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as event (
        "dedupeKey" text, type text, "locationId" text, "companyId" text,
        "eventAt" timestamptz, "receivedAt" timestamptz, payload jsonb)
      on conflict do nothing
      returning id, dedupe_key as key`)
    return new Map(addedSchema.parse(rows).map(({ id, key }) => [key, id]))
  }

  return {
    /**
     * Stores each event once, and what is to follow from the new ones in the same transaction.
     * @param follow queues the work
     * @returns for each event whether it was new; of two alike the first is
     */
    storeAll(
      events: readonly ReceivedEvent[],
      follow: (stored: StoredWebhook[], transaction: Transaction) => Promise<void>,
    ): Promise<boolean[]> {
      return db.transaction(async (transaction) => {
        const added = await insertAll(events, transaction)
        const stored = events.map((event): StoredWebhook | undefined => {
          const eventId = added.get(event.dedupeKey)
          added.delete(event.dedupeKey)
          return eventId === undefined ? undefined : { eventId, event }
        })
        const isNew = stored.map((webhook) => webhook !== undefined)
        if (isNew.includes(true)) {
          await follow(
            stored.filter((webhook) => webhook !== undefined),
            transaction,
          )
        }
        return isNew
      })
    },

    /** Those of these that are still to be worked on, in the order in which they came. */
    listOpen(eventIds: readonly number[]): Promise<WebhookEvent[]> {
      return db
        .select()
        .from(webhookEvents)
        .where(and(isOneOf(eventIds), isNull(webhookEvents.processedAt)))
        .orderBy(asc(webhookEvents.id))
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
