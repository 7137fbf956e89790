import { and, eq, lt } from 'drizzle-orm'
import * as z from 'zod/mini'
import { type Message, messageSchema } from '../../shared/message-contract.ts'
import type { Db } from '../storage/database.ts'
import { messageSends } from '../storage/schema.ts'

export type SendKey = { locationId: string; idempotencyKey: string }

export type NewSend = SendKey & { contactId: string; userId: string; requestHash: string }

/** The text is not stored: a repeat brings it along, and its hash says that it is the same. */
export type SentMessage = Omit<Message, 'body'>
const sentMessageSchema = z.omit(messageSchema, { body: true })

export type SendRecord =
  | { status: 'sending' | 'unknown' | 'failed'; contactId: string; requestHash: string; updatedAt: number }
  | { status: 'sent'; contactId: string; requestHash: string; updatedAt: number; sent: SentMessage }

export type MessageRepository = ReturnType<typeof createMessageRepository>

/** The ledger of sends: one row per idempotency key, moved only by compare-and-set. */
export function createMessageRepository({ db, now }: { db: Db; now: () => number }) {
  const keyIs = (key: SendKey) =>
    and(eq(messageSends.locationId, key.locationId), eq(messageSends.idempotencyKey, key.idempotencyKey))

  /** True for the one caller that may send under this key. */
  async function begin(send: NewSend): Promise<boolean> {
    const at = new Date(now())
    const inserted = await db
      .insert(messageSends)
      .values({ ...send, status: 'sending', createdAt: at, updatedAt: at })
      .onConflictDoNothing()
      .returning({ key: messageSends.idempotencyKey })
    return inserted.length === 1
  }

  /** As `begin`, for a key whose send provably did not happen; the text may have been changed since. */
  async function beginAgain(send: NewSend): Promise<boolean> {
    const claimed = await db
      .update(messageSends)
      .set({
        status: 'sending',
        userId: send.userId,
        requestHash: send.requestHash,
        updatedAt: new Date(now()),
      })
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

  async function markSent(key: SendKey, sent: SentMessage, conversationId: string | null): Promise<void> {
    await db
      .update(messageSends)
      .set({ status: 'sent', messageId: sent.id, conversationId, result: sent, updatedAt: new Date(now()) })
      .where(keyIs(key))
  }

  async function markEnded(key: SendKey, status: 'unknown' | 'failed'): Promise<void> {
    await db
      .update(messageSends)
      .set({ status, updatedAt: new Date(now()) })
      .where(and(keyIs(key), eq(messageSends.status, 'sending')))
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

  return { begin, beginAgain, find, markSent, markEnded, abandonStale }
}
