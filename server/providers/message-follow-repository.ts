import { and, asc, eq, gt, inArray, isNull, lt, not, or, type SQL, sql } from 'drizzle-orm'
import type { CarrierName } from '../../shared/provider-contract.ts'
import type { Db } from '../storage/database.ts'
import { providerMessages } from '../storage/provider-schema.ts'
import type { ProviderMessage } from './provider-message-repository.ts'

/** Nobody waits for what is older. */
const followedMs = 3 * 24 * 3_600_000
const askAgainMs = 20_000
/** What has a job of its own is forgotten only if that is over. */
const forgottenMs = 5 * 60_000
/** What is looked at again waits a quarter of its age. */
const ageShare = 4

export type MessageFollowRepository = ReturnType<typeof createMessageFollowRepository>

/** Finds the texts that something is still to happen to; what is found waits its turn before it is found again. */
export function createMessageFollowRepository({ db, now }: { db: Db; now: () => number }) {
  const { id: idOf, state: stateOf, askedAt, createdAt, updatedAt, toldState } = providerMessages

  /** Due: looked at longer ago than a quarter of its age. */
  function isDue(afterMs: number): SQL {
    const at = new Date(now()).toISOString()
    return sql`coalesce(${askedAt}, ${updatedAt}) + greatest(
      ${afterMs} * interval '1 millisecond', (${at}::timestamptz - ${createdAt}) / ${ageShare}) <= ${at}::timestamptz`
  }
  const isFollowed = () => and(isNull(toldState), gt(createdAt, new Date(now() - followedMs)))

  return {
    /** What lost its process while it was sent may have been sent. It has waited long enough to be due at once. */
    async abandonStale(startedBefore: number, repeatable: readonly CarrierName[]): Promise<void> {
      await db
        .update(providerMessages)
        .set({
          state: 'unknown',
          isRepeatable: sql`${inArray(providerMessages.carrier, [...repeatable])}`,
        })
        .where(and(isFollowed(), eq(stateOf, 'sending'), lt(updatedAt, new Date(startedBefore))))
    },

    /** Whose outcome is unknown though they were begun before then; the oldest first. */
    async listUnconfirmed(begunBefore: Date, limit: number): Promise<ProviderMessage[]> {
      return db
        .select()
        .from(providerMessages)
        .where(
          and(
            isFollowed(),
            eq(stateOf, 'unknown'),
            lt(sql`coalesce(${providerMessages.startedAt}, ${createdAt})`, begunBefore.toISOString()),
          ),
        )
        .orderBy(asc(updatedAt))
        .limit(limit)
    },

    /** What waits for a try, or for the CRM to be told, though its job is long over. */
    async takeForgotten(limit: number): Promise<ProviderMessage[]> {
      const rows = db
        .select({ id: idOf })
        .from(providerMessages)
        .where(
          and(
            isFollowed(),
            or(
              and(inArray(stateOf, ['waiting', 'delivered', 'failed']), isDue(forgottenMs)),
              and(eq(stateOf, 'unknown'), providerMessages.isRepeatable, isDue(askAgainMs)),
            ),
          ),
        )
        .orderBy(asc(updatedAt))
        .limit(limit)
      return db
        .update(providerMessages)
        .set({ askedAt: new Date(now()) })
        .where(inArray(idOf, rows))
        .returning()
    },

    /** Those whose system is to be asked now; the next call leaves them out. */
    async takeOpen(
      locationId: string,
      carrier: CarrierName,
      { createdAfter, limit }: { createdAfter: Date; limit: number },
    ): Promise<ProviderMessage[]> {
      const rows = db
        .select({ id: idOf })
        .from(providerMessages)
        .where(
          and(
            eq(providerMessages.locationId, locationId),
            eq(providerMessages.carrier, carrier),
            isFollowed(),
            gt(createdAt, createdAfter),
            isDue(askAgainMs),
            // What is to be repeated has no id yet to ask by.
            or(
              inArray(stateOf, ['accepted', 'sent']),
              and(eq(stateOf, 'unknown'), not(providerMessages.isRepeatable)),
            ),
          ),
        )
        .orderBy(sql`${createdAt} desc`)
        .limit(limit)
      return db
        .update(providerMessages)
        .set({ askedAt: new Date(now()) })
        .where(inArray(idOf, rows))
        .returning()
    },

    /** Whose systems have something open. */
    async listOpenCarriers(): Promise<{ locationId: string; carrier: CarrierName }[]> {
      const rows = await db
        .selectDistinct({ locationId: providerMessages.locationId, carrier: providerMessages.carrier })
        .from(providerMessages)
        .where(and(isFollowed(), inArray(stateOf, ['accepted', 'sent', 'unknown'])))
      return rows.flatMap(({ locationId, carrier }) => (carrier === null ? [] : [{ locationId, carrier }]))
    },
  }
}
