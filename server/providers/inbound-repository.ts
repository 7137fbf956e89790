import { and, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { Db, Transaction } from '../storage/database.ts'
import { providerInbound } from '../storage/provider-schema.ts'

export type StoredInbound = typeof providerInbound.$inferSelect

const keptMs = 30 * 24 * 3_600_000
/** What could not be put into a thread by then stays where it came in. */
const triedForMs = 7 * 24 * 3_600_000
const tryAgainMs = 60_000
/** Longer than its job may take. */
const busyForMs = 90_000
/** What is tried again waits a quarter of its age. */
const ageShare = 4

export type InboundRepository = ReturnType<typeof createInboundRepository>

/** Texts that came in, each once. */
export function createInboundRepository({ db, now }: { db: Db; now: () => number }) {
  const { id: idOf, receivedAt, triedAt, doneAt, busyUntil } = providerInbound
  const senderOf = sql<string>`${providerInbound.event} ->> 'from'`
  const isOwn = (locationId: string, id: number) =>
    and(eq(providerInbound.locationId, locationId), eq(idOf, id))
  const change = async (id: number, fields: Partial<StoredInbound>): Promise<void> => {
    await db.update(providerInbound).set(fields).where(eq(idOf, id))
  }

  return {
    async add(
      inbound: Pick<StoredInbound, 'locationId' | 'carrier' | 'providerMessageId' | 'event'>,
      follow: (id: number, transaction: Transaction) => Promise<void>,
    ): Promise<void> {
      await db.transaction(async (transaction) => {
        const [added] = await transaction
          .insert(providerInbound)
          .values({ ...inbound, receivedAt: new Date(now()) })
          .onConflictDoNothing()
          .returning({ id: idOf })
        if (added) await follow(added.id, transaction)
      })
    },

    /**
     * @returns it for the one who may put it into a thread now; `busy` while another is at it, or at another text of
     * the same sender, whom two would make a contact twice
     */
    claim(locationId: string, id: number): Promise<StoredInbound | 'done' | 'busy'> {
      const at = new Date(now())
      return db.transaction(async (transaction) => {
        const [row] = await transaction
          .select({ sender: senderOf })
          .from(providerInbound)
          .where(and(isOwn(locationId, id), isNull(doneAt)))
        if (!row) return 'done'
        const key = `inbound ${locationId} ${row.sender}`
        await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
        const isOfSender = and(eq(providerInbound.locationId, locationId), eq(senderOf, row.sender))
        const [busy] = await transaction
          .select({ id: idOf })
          .from(providerInbound)
          .where(and(isOfSender, isNull(doneAt), gt(busyUntil, at)))
          .limit(1)
        if (busy) return 'busy'
        const [claimed] = await transaction
          .update(providerInbound)
          .set({ busyUntil: new Date(now() + busyForMs), triedAt: at })
          .where(and(isOwn(locationId, id), isNull(doneAt)))
          .returning()
        return claimed ?? 'done'
      })
    },

    release: (id: number) => change(id, { busyUntil: null }),

    /** Before the call: whoever finds it later looks whether it happened. */
    markStarted: (id: number, contactId: string) => change(id, { contactId, startedAt: new Date(now()) }),
    /** It provably did not happen. */
    markUndone: (id: number) => change(id, { startedAt: null }),
    /** The text itself is in the thread now. */
    markDone: (id: number, messageId: string) =>
      change(id, { messageId, event: null, doneAt: new Date(now()) }),

    /** Which of these messages are known to be of another text. */
    async claimed(locationId: string, messageIds: readonly string[]): Promise<Set<string>> {
      if (messageIds.length === 0) return new Set()
      const rows = await db
        .select({ messageId: providerInbound.messageId })
        .from(providerInbound)
        .where(
          and(
            eq(providerInbound.locationId, locationId),
            inArray(providerInbound.messageId, [...messageIds]),
          ),
        )
      return new Set(rows.flatMap(({ messageId }) => messageId ?? []))
    },

    /** What is still to be put into a thread though its job is long over; the next call leaves it out. */
    async takeForgotten(limit: number): Promise<Pick<StoredInbound, 'id' | 'locationId' | 'carrier'>[]> {
      const at = new Date(now()).toISOString()
      const rows = db
        .select({ id: idOf })
        .from(providerInbound)
        .where(
          and(
            isNull(doneAt),
            gt(receivedAt, new Date(now() - triedForMs)),
            sql`coalesce(${triedAt}, ${receivedAt}) + greatest(
              ${tryAgainMs} * interval '1 millisecond', (${at}::timestamptz - ${receivedAt}) / ${ageShare})
              <= ${at}::timestamptz`,
          ),
        )
        .orderBy(receivedAt)
        .limit(limit)
      return db
        .update(providerInbound)
        .set({ triedAt: new Date(now()) })
        .where(inArray(idOf, rows))
        .returning({ id: idOf, locationId: providerInbound.locationId, carrier: providerInbound.carrier })
    },

    async prune(): Promise<void> {
      await db.delete(providerInbound).where(lt(receivedAt, new Date(now() - keptMs)))
    },
  }
}
