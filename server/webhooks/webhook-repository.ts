import { and, eq, isNull, lt } from 'drizzle-orm'
import type { Db, Transaction } from '../storage/database.ts'
import { webhookEvents } from '../storage/schema.ts'

export type WebhookEvent = typeof webhookEvents.$inferSelect
export type ReceivedEvent = Omit<typeof webhookEvents.$inferInsert, 'id' | 'processedAt'>

/** As long as the platform may deliver an event again. */
const keptMs = 30 * 24 * 3_600_000

export type WebhookRepository = ReturnType<typeof createWebhookRepository>

/** The ledger of what the platform told us. */
export function createWebhookRepository({ db }: { db: Db }) {
  return {
    /**
     * Stores an event once, and what is to follow from it in the same transaction.
     * @param follow queues the work
     * @returns false for a repetition
     */
    store(
      event: ReceivedEvent,
      follow: (eventId: number, transaction: Transaction) => Promise<void>,
    ): Promise<boolean> {
      return db.transaction(async (transaction) => {
        const [row] = await transaction
          .insert(webhookEvents)
          .values(event)
          .onConflictDoNothing()
          .returning({ id: webhookEvents.id })
        if (row) await follow(row.id, transaction)
        return row !== undefined
      })
    },

    async find(eventId: number): Promise<WebhookEvent | undefined> {
      const [row] = await db.select().from(webhookEvents).where(eq(webhookEvents.id, eventId))
      return row
    },

    /** The first time counts. */
    async markProcessed(eventId: number, at: Date): Promise<void> {
      await db
        .update(webhookEvents)
        .set({ processedAt: at })
        .where(and(eq(webhookEvents.id, eventId), isNull(webhookEvents.processedAt)))
    },

    /** Old events go with all that they hold, whether they could be worked on or not. */
    async prune(nowMs: number): Promise<void> {
      await db.delete(webhookEvents).where(lt(webhookEvents.receivedAt, new Date(nowMs - keptMs)))
    },
  }
}
