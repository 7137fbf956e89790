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

type BegunSend = NewSend & { at: Date }

type EndedSend = SendKey & {
  status: 'sent' | 'unknown' | 'failed'
  at: Date
  messageId: string | null
  conversationId: string | null
  result: SentMessage | null
}

const keysSchema = z.array(z.object({ locationId: z.string(), idempotencyKey: z.string() }))

/** While one statement is under way, what comes meanwhile gathers for the next; a lone text waits for nobody. */
const batches = { maxRows: 200, gatherMs: 5, isOfOneRow: isRowFault }

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

  /** What was sent is sent whatever the row says; what did not end well ends only a row that is still open. */
  async function updateAll(ended: readonly EndedSend[]): Promise<void[]> {
    await db.execute(sql`
      with ended as (
        select send.location_id, send.idempotency_key, outcome.*
        from jsonb_to_recordset(${JSON.stringify(ended)}::jsonb) as outcome (
          "locationId" text, "idempotencyKey" text, status text, at timestamptz, "messageId" text,
          "conversationId" text, result jsonb)
        join ${messageSends} as send
          on send.location_id = outcome."locationId" and send.idempotency_key = outcome."idempotencyKey"
        order by send.location_id, send.idempotency_key
        for update of send)
      update ${messageSends} set status = ended.status, updated_at = ended.at,
        message_id = coalesce(ended."messageId", ${messageSends.messageId}),
        conversation_id = coalesce(ended."conversationId", ${messageSends.conversationId}),
        result = coalesce(ended.result, ${messageSends.result})
      from ended
      where ${messageSends.locationId} = ended.location_id
        and ${messageSends.idempotencyKey} = ended.idempotency_key
        and (ended.status = 'sent' or ${messageSends.status} = 'sending')`)
    return ended.map(() => undefined)
  }

  const insert = createBatcher<BegunSend, boolean>({ ...batches, runAll: insertAll })
  const update = createBatcher<EndedSend, void>({ ...batches, runAll: updateAll })

  return {
    /** True for the one caller that may send under this key. */
    begin: (send: NewSend): Promise<boolean> => insert({ ...send, at: new Date(now()) }),

    markSent({ locationId, idempotencyKey }: SendKey, sent: SentMessage, conversationId: string | null) {
      const at = new Date(now())
      const messageId = sent.id
      return update({
        locationId,
        idempotencyKey,
        status: 'sent',
        at,
        messageId,
        conversationId,
        result: sent,
      })
    },

    markEnded({ locationId, idempotencyKey }: SendKey, status: 'unknown' | 'failed'): Promise<void> {
      const at = new Date(now())
      const nothing = { messageId: null, conversationId: null, result: null }
      return update({ locationId, idempotencyKey, status, at, ...nothing })
    },
  }
}
