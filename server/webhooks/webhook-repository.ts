import { and, asc, eq, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db, Transaction } from '../storage/database.ts'
import { webhookEvents } from '../storage/schema.ts'

export type WebhookEvent = Omit<typeof webhookEvents.$inferSelect, 'processedAt' | 'queuedAt'>
export type ReceivedEvent = Omit<WebhookEvent, 'id'>

/** What tells which job an event belongs to. */
export type OwnedEvent = Pick<WebhookEvent, 'id' | 'type' | 'locationId' | 'companyId'>

/** Queues jobs within a transaction. */
export type QueueOwned = (events: OwnedEvent[], transaction: Transaction) => Promise<void>

/** As long as the platform may deliver an event again. */
const keptMs = 30 * 24 * 3_600_000
/** One statement's worth. */
const queuedAtOnce = 5_000

const addedSchema = z.array(z.object({ id: z.coerce.number(), dedupe_key: z.string() }))

/** As one parameter: there may be hundreds of them. */
const isOneOf = (eventIds: readonly number[]): SQL =>
  sql`${webhookEvents.id} = any(${sql.param(eventIds)}::bigint[])`

const isOpen = isNull(webhookEvents.processedAt)
/** No job is about it. */
const isUnqueued = and(isOpen, isNull(webhookEvents.queuedAt))

const owned = {
  id: webhookEvents.id,
  type: webhookEvents.type,
  locationId: webhookEvents.locationId,
  companyId: webhookEvents.companyId,
}

export type WebhookRepository = ReturnType<typeof createWebhookRepository>

/** The ledger of what the platform told us. */
export function createWebhookRepository({ db }: { db: Db }) {
  return {
    /**
     * Stores each event once.
     * @param queuedAt for events that get a job in the same transaction
     * @returns each as it was stored, undefined where it is a repeat; of two alike the first is new
     */
    async storeAll(
      events: readonly ReceivedEvent[],
      { within = db, queuedAt = null }: { within?: Db | Transaction; queuedAt?: Date | null } = {},
    ): Promise<(WebhookEvent | undefined)[]> {
      // One parameter for all rows: a query builder takes longer for its own part than the database for the rest.
      const { rows } = await within.execute(sql`
        insert into ${webhookEvents}
          (dedupe_key, type, location_id, company_id, event_at, received_at, payload, queued_at)
        select "dedupeKey", type, "locationId", "companyId", "eventAt", "receivedAt", payload,
          ${queuedAt}::timestamptz
        from jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
          as event (
            "dedupeKey" text, type text, "locationId" text, "companyId" text,
            "eventAt" timestamptz, "receivedAt" timestamptz, payload jsonb)
        on conflict (dedupe_key) do nothing
        returning id, dedupe_key`)
      const added = new Map(addedSchema.parse(rows).map(({ id, dedupe_key }) => [dedupe_key, id]))
      return events.map((event) => {
        const id = added.get(event.dedupeKey)
        added.delete(event.dedupeKey)
        return id === undefined ? undefined : { id, ...event }
      })
    },

    /** Those of these that are still to be worked on, in the order in which they came. */
    listOpen(eventIds: readonly number[]): Promise<WebhookEvent[]> {
      return db
        .select()
        .from(webhookEvents)
        .where(and(isOneOf(eventIds), isOpen))
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
        .where(and(isOneOf(eventIds), isOpen))
    },

    /** Gives those of these to jobs that are open and about which there is none. */
    async queueOpen(eventIds: readonly number[], at: Date, queue: QueueOwned): Promise<void> {
      await db.transaction(async (transaction) => {
        const events = await transaction
          .update(webhookEvents)
          .set({ queuedAt: at })
          .where(and(isOneOf(eventIds), isUnqueued))
          .returning(owned)
        if (events.length > 0) await queue(events, transaction)
      })
    },

    /**
     * Gives events to jobs that nobody has worked on.
     * @param before those that came later may still be worked on by whoever stored them
     * @returns how many these were; there may be more
     */
    queueLeft(before: Date, at: Date, queue: QueueOwned): Promise<number> {
      return db.transaction(async (transaction) => {
        const left = transaction
          .select({ id: webhookEvents.id })
          .from(webhookEvents)
          .where(and(isUnqueued, lt(webhookEvents.receivedAt, before)))
          .orderBy(asc(webhookEvents.receivedAt))
          .limit(queuedAtOnce)
          .for('update', { skipLocked: true })
        const events = await transaction
          .update(webhookEvents)
          .set({ queuedAt: at })
          .where(inArray(webhookEvents.id, left))
          .returning(owned)
        if (events.length > 0) await queue(events, transaction)
        return events.length
      })
    },

    /** What is neither worked on nor given to a job yet. */
    async waiting(): Promise<{ count: number; oldestAt: Date | null }> {
      const [found] = await db
        .select({
          count: sql<number>`count(*)::int`,
          oldestAt: sql`min(${webhookEvents.receivedAt})`.mapWith(webhookEvents.receivedAt),
        })
        .from(webhookEvents)
        .where(isUnqueued)
      return { count: found?.count ?? 0, oldestAt: found?.oldestAt ?? null }
    },

    /** Old events go with all that they hold, whether they could be worked on or not. */
    async prune(nowMs: number): Promise<void> {
      await db.delete(webhookEvents).where(lt(webhookEvents.receivedAt, new Date(nowMs - keptMs)))
    },
  }
}
