import { and, desc, eq, getTableColumns, gt, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import { messageSchema, type MessageStatus } from '../../shared/message-contract.ts'
import type { Db } from '../storage/database.ts'
import { messageSends } from '../storage/schema.ts'
import {
  createMessageSendRepository,
  type NewSend,
  type SendKey,
  type SentMessage,
} from './message-send-repository.ts'

const sentMessageSchema = z.omit(messageSchema, { body: true })

export type SendRecord =
  | { status: 'sending' | 'unknown' | 'failed'; contactId: string; requestHash: string; updatedAt: number }
  | { status: 'sent'; contactId: string; requestHash: string; updatedAt: number; sent: SentMessage }

/** A text of unknown outcome. */
export type OpenSend = SendKey & { contactId: string; bodyHash: string; startedAt: Date }

/** A text as the platform shows it; `at` is when it was written. */
export type Sighting = {
  messageId: string
  contactId: string
  conversationId: string | null
  bodyHash: string
  status: MessageStatus
  at: Date
}

/** How far before and after the send began its text may have been written, by the platform's clock. */
export const writtenWithinMs = { before: 60_000, after: 5 * 60_000 }

const keptMs = 30 * 24 * 3_600_000

export type MessageRepository = ReturnType<typeof createMessageRepository>

/** The ledger of sends: one row per idempotency key, moved only by compare-and-set. */
export function createMessageRepository({ db, now }: { db: Db; now: () => number }) {
  const keyIs = (key: SendKey) =>
    and(eq(messageSends.locationId, key.locationId), eq(messageSends.idempotencyKey, key.idempotencyKey))

  /** As `begin`, for a key whose send provably did not happen; the text may have been changed since. */
  async function beginAgain(send: NewSend): Promise<boolean> {
    const at = new Date(now())
    const { userId, requestHash, bodyHash } = send
    const claimed = await db
      .update(messageSends)
      .set({ status: 'sending', userId, requestHash, bodyHash, startedAt: at, updatedAt: at })
      .where(and(keyIs(send), eq(messageSends.status, 'failed'), eq(messageSends.contactId, send.contactId)))
      .returning({ key: messageSends.idempotencyKey })
    return claimed.length === 1
  }

  async function find(key: SendKey): Promise<SendRecord | undefined> {
    const [row] = await db.select().from(messageSends).where(keyIs(key))
    if (!row) return undefined
    const base = {
      contactId: row.contactId,
      requestHash: row.requestHash,
      updatedAt: row.updatedAt.getTime(),
    }
    if (row.status !== 'sent') return { ...base, status: row.status }
    return { ...base, status: row.status, sent: sentMessageSchema.parse(row.result) }
  }

  /** A send whose process died between sending and recording may have gone out: it becomes `unknown`. */
  async function abandonStale(key: SendKey, startedBefore: number): Promise<void> {
    await db
      .update(messageSends)
      .set({ status: 'unknown', updatedAt: new Date(now()) })
      .where(
        and(
          keyIs(key),
          eq(messageSends.status, 'sending'),
          lt(messageSends.updatedAt, new Date(startedBefore)),
        ),
      )
  }

  async function abandonAllStale(startedBefore: number): Promise<void> {
    await db
      .update(messageSends)
      .set({ status: 'unknown', updatedAt: new Date(now()) })
      .where(and(eq(messageSends.status, 'sending'), lt(messageSends.updatedAt, new Date(startedBefore))))
  }

  /**
   * A text that was seen settles the one open send that it fits, if it is no other send's. One statement, since sends
   * and sightings go on meanwhile; a send that may still be under way counts, but only its own request ends it.
   */
  async function settle(locationId: string, sighting: Sighting, staleBefore: number): Promise<boolean> {
    const { messageId, contactId, conversationId, bodyHash, status, at } = sighting
    const result: SentMessage = {
      id: messageId,
      contactId,
      direction: 'outbound',
      status,
      at: at.toISOString(),
    }
    const earliest = new Date(at.getTime() - writtenWithinMs.after)
    const latest = new Date(at.getTime() + writtenWithinMs.before)
    const settled = await db.execute(sql`
      update ${messageSends} set status = 'sent', message_id = ${messageId}, conversation_id = ${conversationId},
        result = ${JSON.stringify(result)}::jsonb, updated_at = ${new Date(now()).toISOString()}
      from (
        select idempotency_key, count(*) over () as total from ${messageSends}
        where location_id = ${locationId} and contact_id = ${contactId} and body_hash = ${bodyHash}
          and status in ('sending', 'unknown')
          and started_at between ${earliest.toISOString()} and ${latest.toISOString()}
      ) as fitting
      where ${messageSends.locationId} = ${locationId}
        and ${messageSends.idempotencyKey} = fitting.idempotency_key and fitting.total = 1
        and (${messageSends.status} = 'unknown'
          or (${messageSends.status} = 'sending' and ${messageSends.updatedAt} < ${new Date(staleBefore).toISOString()}))
        and not exists (
          select from ${messageSends} as other
          where other.location_id = ${locationId} and other.contact_id = ${contactId}
            and other.message_id = ${messageId})`)
    return settled.rowCount === 1
  }

  /**
   * What is to be looked for, first what nobody looked for yet or longest ago; of these the newest.
   * @param window epoch ms: all since `often`, and of those since `ever` what was last looked for before `lookedBefore`
   */
  async function listUnknown(
    window: { often: number; ever: number; lookedBefore: number },
    limits: { perLocation: number; total: number },
  ): Promise<OpenSend[]> {
    const { updatedAt, lookedAt, locationId } = messageSends
    const turn = sql`${lookedAt} nulls first, ${updatedAt} desc`
    const ranked = db
      .select({
        ...getTableColumns(messageSends),
        place: sql<number>`row_number() over (partition by ${locationId} order by ${turn})`.as('place'),
      })
      .from(messageSends)
      .where(
        and(
          eq(messageSends.status, 'unknown'),
          gt(updatedAt, new Date(window.ever)),
          or(
            gt(updatedAt, new Date(window.often)),
            isNull(lookedAt),
            lt(lookedAt, new Date(window.lookedBefore)),
          ),
          isNotNull(messageSends.bodyHash),
        ),
      )
      .as('ranked')
    const rows = await db
      .select()
      .from(ranked)
      .where(lte(ranked.place, limits.perLocation))
      .orderBy(sql`${ranked.lookedAt} nulls first`, desc(ranked.updatedAt))
      .limit(limits.total)
    return rows.flatMap(({ bodyHash, startedAt, ...row }) =>
      bodyHash === null || startedAt === null ? [] : [{ ...row, bodyHash, startedAt }],
    )
  }

  async function markLooked(key: SendKey): Promise<void> {
    await db
      .update(messageSends)
      .set({ lookedAt: new Date(now()) })
      .where(keyIs(key))
  }

  /** Which of these messages are known to be of a send. */
  async function claimed(locationId: string, messageIds: string[]): Promise<Set<string>> {
    if (messageIds.length === 0) return new Set()
    const rows = await db
      .select({ messageId: messageSends.messageId })
      .from(messageSends)
      .where(and(eq(messageSends.locationId, locationId), inArray(messageSends.messageId, messageIds)))
    return new Set(rows.flatMap(({ messageId }) => messageId ?? []))
  }

  async function prune(): Promise<void> {
    await db.delete(messageSends).where(lt(messageSends.updatedAt, new Date(now() - keptMs)))
  }

  return {
    ...createMessageSendRepository({ db, now }),
    beginAgain,
    find,
    abandonStale,
    abandonAllStale,
    settle,
    listUnknown,
    markLooked,
    claimed,
    prune,
  }
}
