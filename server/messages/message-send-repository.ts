import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Message } from '../../shared/message-contract.ts'
import { createBatcher } from '../batcher.ts'
import type { Db } from '../storage/database.ts'
import { isRowFault } from '../storage/row-faults.ts'
import { messageSends } from '../storage/schema.ts'

export type SendKey = { locationId: string; idempotencyKey: string }

export type NewSend = SendKey & { contactId: string; userId: string; requestHash: string; bodyHash: string }

/** The text is not stored: a repeat brings it along, and its hash says that it is the same. */
export type SentMessage = Omit<Message, 'body'>

/** `at`: when it began or, once it has ended, when it did. */
type BegunSend = NewSend & { at: Date }

type EndedSend = BegunSend & {
  status: 'sent' | 'unknown' | 'failed'
  messageId: string | null
  conversationId: string | null
  result: SentMessage | null
}

const keysSchema = z.array(z.object({ locationId: z.string(), idempotencyKey: z.string() }))

const nameOf = ({ locationId, idempotencyKey }: SendKey): string => `${locationId} ${idempotencyKey}`

/** Whoever locks more than one row does it in this order, so that no two wait for each other. */
const inOrder = <Send extends SendKey>(sends: readonly Send[]): Send[] =>
  sends.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))

/**
 * What each text writes into the ledger: that it begins, committed before it is sent, and how it ended. Where many
 * are sent at once, they share a statement and its commit.
 */
export function createMessageSendRepository({ db, now }: { db: Db; now: () => number }) {
  /** @returns for each whether it may send; of two with one key the first may */
  async function insertAll(sends: readonly BegunSend[]): Promise<boolean[]> {
    const firsts = new Map(sends.toReversed().map((send) => [nameOf(send), send]))
    const { rows } = await db.execute(sql`
      insert into ${messageSends} (location_id, idempotency_key, contact_id, user_id, request_hash, body_hash,
        status, started_at, created_at, updated_at)
      select "locationId", "idempotencyKey", "contactId", "userId", "requestHash", "bodyHash", 'sending', at, at, at
      from jsonb_to_recordset(${JSON.stringify(inOrder([...firsts.values()]))}::jsonb) as send (
        "locationId" text, "idempotencyKey" text, "contactId" text, "userId" text, "requestHash" text,
        "bodyHash" text, at timestamptz)
      on conflict do nothing
      returning location_id as "locationId", idempotency_key as "idempotencyKey"`)
    const inserted = new Set(keysSchema.parse(rows).map(nameOf))
    return sends.map((send) => firsts.get(nameOf(send)) === send && inserted.has(nameOf(send)))
  }

  /**
   * What was sent is sent whatever the row says; what did not end well ends only a row that is still open. The rows are
   * there: as an insert that meets them each is found by its key, whatever the planner knows of the table.
   */
  async function endAll(ended: readonly EndedSend[]): Promise<void[]> {
    const sentLast = ended.toSorted((a, b) => Number(a.status === 'sent') - Number(b.status === 'sent'))
    const byKey = new Map(sentLast.map((send) => [nameOf(send), send]))
    await db.execute(sql`
      insert into ${messageSends} (location_id, idempotency_key, contact_id, user_id, request_hash, body_hash,
        status, message_id, conversation_id, result, started_at, created_at, updated_at)
      select "locationId", "idempotencyKey", "contactId", "userId", "requestHash", "bodyHash",
        status, "messageId", "conversationId", result, at, at, at
      from jsonb_to_recordset(${JSON.stringify(inOrder([...byKey.values()]))}::jsonb) as send (
        "locationId" text, "idempotencyKey" text, "contactId" text, "userId" text, "requestHash" text,
        "bodyHash" text, status text, "messageId" text, "conversationId" text, result jsonb, at timestamptz)
      on conflict (location_id, idempotency_key) do update
      set status = excluded.status, updated_at = excluded.updated_at,
        message_id = coalesce(excluded.message_id, ${messageSends.messageId}),
        conversation_id = coalesce(excluded.conversation_id, ${messageSends.conversationId}),
        result = coalesce(excluded.result, ${messageSends.result})
      where excluded.status = 'sent' or ${messageSends.status} = 'sending'`)
    return ended.map(() => undefined)
  }

  const insert = createBatcher<BegunSend, boolean>({ runAll: insertAll, isOfOneRow: isRowFault })
  const end = createBatcher<EndedSend, void>({ runAll: endAll, isOfOneRow: isRowFault })

  return {
    /** True for the one caller that may send under this key. */
    begin: (send: NewSend): Promise<boolean> => insert({ ...send, at: new Date(now()) }),

    markSent: (send: NewSend, sent: SentMessage, conversationId: string | null): Promise<void> =>
      end({
        ...send,
        status: 'sent',
        at: new Date(now()),
        messageId: sent.id,
        conversationId,
        result: sent,
      }),

    markEnded(send: NewSend, status: 'unknown' | 'failed'): Promise<void> {
      const nothing = { messageId: null, conversationId: null, result: null }
      return end({ ...send, status, at: new Date(now()), ...nothing })
    },
  }
}
