import { createHash, randomBytes } from 'node:crypto'
import { and, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { CarrierName } from '../../shared/provider-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { providerMessages } from '../storage/provider-schema.ts'
import type { DeliveryState } from './provider-adapter.ts'

export type ProviderMessage = typeof providerMessages.$inferSelect
type State = ProviderMessage['state']

export type NewProviderMessage = Pick<
  ProviderMessage,
  'locationId' | 'carrier' | 'messageId' | 'contactId' | 'webhookEventId'
>

/** What is to follow from a change, in its transaction. */
export type Follow = (message: ProviderMessage, transaction: Transaction) => Promise<void>

/** From which states each may be reached: never backwards, and the first final one stays. */
const before: Record<Exclude<DeliveryState, 'unknown'>, readonly State[]> = {
  accepted: ['sending', 'unknown'],
  sent: ['sending', 'unknown', 'accepted'],
  delivered: ['sending', 'unknown', 'accepted', 'sent'],
  failed: ['sending', 'unknown', 'accepted', 'sent'],
}

const keptMs = 30 * 24 * 3_600_000
const maxInt32 = 2 ** 31 - 1

export type ProviderMessageRepository = ReturnType<typeof createProviderMessageRepository>

/** The ledger of texts that the CRM had us send: moved only by compare-and-set. */
export function createProviderMessageRepository({ db, now }: { db: Db; now: () => number }) {
  const { id: idOf, state: stateOf, createdAt, toldState } = providerMessages
  const isOwn = (locationId: string, id: number) =>
    and(eq(providerMessages.locationId, locationId), eq(idOf, id))

  /** @returns the row as it is then; undefined where it was not in one of these states, and nothing was changed */
  function move(
    id: number,
    from: readonly State[],
    fields: Partial<ProviderMessage>,
    follow?: Follow,
  ): Promise<ProviderMessage | undefined> {
    return db.transaction(async (transaction) => {
      const [moved] = await transaction
        .update(providerMessages)
        .set({ ...fields, updatedAt: new Date(now()) })
        .where(and(eq(idOf, id), inArray(stateOf, [...from])))
        .returning()
      if (moved && follow) await follow(moved, transaction)
      return moved
    })
  }

  return {
    move,

    /**
     * Once per message of the platform.
     * @param salt tells the numbers of one account's texts from those that it was given in another life
     */
    async add(message: NewProviderMessage, salt: string, fields: Partial<ProviderMessage>, follow: Follow) {
      const at = new Date(now())
      await db.transaction(async (transaction) => {
        const [added] = await transaction
          .insert(providerMessages)
          .values({
            ...message,
            state: 'waiting',
            dedupeText: randomBytes(15).toString('base64url'),
            dedupeNumber: 0,
            createdAt: at,
            updatedAt: at,
            ...fields,
          })
          .onConflictDoNothing()
          .returning()
        if (!added) return
        const dedupeNumber = dedupeNumberOf(salt, added.id)
        await transaction.update(providerMessages).set({ dedupeNumber }).where(eq(idOf, added.id))
        await follow({ ...added, dedupeNumber }, transaction)
      })
    },

    /** Whether the platform's message has been taken in. */
    async isKnown(locationId: string, messageId: string): Promise<boolean> {
      const rows = await db
        .select({ id: idOf })
        .from(providerMessages)
        .where(and(eq(providerMessages.locationId, locationId), eq(providerMessages.messageId, messageId)))
      return rows.length > 0
    },

    async find(locationId: string, id: number): Promise<ProviderMessage | undefined> {
      const [row] = await db.select().from(providerMessages).where(isOwn(locationId, id))
      return row
    },

    /** True for the one caller that may send. */
    async begin({ id, state, startedAt, tries }: ProviderMessage): Promise<boolean> {
      const fields = { startedAt: startedAt ?? new Date(now()), tries: tries + 1 }
      return (await move(id, [state], { state: 'sending', isRepeatable: false, ...fields })) !== undefined
    },

    /** The system took it; what it reported meanwhile stays. */
    async accept(id: number, providerMessageId: string): Promise<void> {
      await db
        .update(providerMessages)
        .set({
          providerMessageId,
          state: sql`case when ${inArray(stateOf, [...before.accepted])} then 'accepted' else ${stateOf} end`,
          isRepeatable: false,
          updatedAt: new Date(now()),
        })
        .where(eq(idOf, id))
    },

    /**
     * A word that is not listed still says that the system has the text.
     * @returns the row where that is progress
     */
    report(
      { id }: Pick<ProviderMessage, 'id'>,
      reported: DeliveryState,
      fields: Partial<Pick<ProviderMessage, 'raw' | 'reason' | 'providerMessageId'>>,
      follow: Follow,
    ): Promise<ProviderMessage | undefined> {
      const state = reported === 'unknown' ? 'accepted' : reported
      const from = reported === 'unknown' ? [...before.accepted, 'accepted' as const] : before[state]
      return move(id, from, { state, isRepeatable: false, ...fields }, follow)
    },

    async findReported(
      locationId: string,
      carrier: CarrierName,
      report: { providerMessageId: string; dedupeText: string | null },
    ): Promise<ProviderMessage | undefined> {
      const { providerMessageId, dedupeText } = report
      const isIt = eq(providerMessages.providerMessageId, providerMessageId)
      const [row] = await db
        .select()
        .from(providerMessages)
        .where(
          and(
            eq(providerMessages.locationId, locationId),
            eq(providerMessages.carrier, carrier),
            dedupeText === null ? isIt : or(isIt, eq(providerMessages.dedupeText, dedupeText)),
          ),
        )
      return row
    },

    /** Whether that text was sent by other locations alone. */
    async isOfAnotherLocation(
      locationId: string,
      carrier: CarrierName,
      providerMessageId: string,
    ): Promise<boolean> {
      const rows = await db
        .selectDistinct({ locationId: providerMessages.locationId })
        .from(providerMessages)
        .where(
          and(
            eq(providerMessages.carrier, carrier),
            eq(providerMessages.providerMessageId, providerMessageId),
          ),
        )
      return rows.length > 0 && rows.every((row) => row.locationId !== locationId)
    },

    /** Whether a report that fits no text may be of one whose id is about to be written down. */
    async mayBeUnderWay(locationId: string, carrier: CarrierName): Promise<boolean> {
      const [row] = await db
        .select({ id: idOf })
        .from(providerMessages)
        .where(
          and(
            eq(providerMessages.locationId, locationId),
            eq(providerMessages.carrier, carrier),
            isNull(toldState),
            inArray(stateOf, ['sending', 'unknown']),
            isNull(providerMessages.providerMessageId),
          ),
        )
        .limit(1)
      return row !== undefined
    },

    async markTold(id: number, state: State): Promise<void> {
      await db.update(providerMessages).set({ toldState: state }).where(eq(idOf, id))
    },

    async prune(): Promise<void> {
      await db.delete(providerMessages).where(lt(createdAt, new Date(now() - keptMs)))
    },
  }
}

/** Counted, so that no two texts of an account share one; a positive int32. */
export function dedupeNumberOf(salt: string, id: number): number {
  const start = createHash('sha256').update(salt).digest().readUInt32BE() % maxInt32
  return ((start + id) % maxInt32) + 1
}
