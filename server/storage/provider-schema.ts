import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { CarrierName, ProviderName } from '../../shared/provider-contract.ts'
import { time } from './time-column.ts'

/** A location's connection to another system; credentials, and its webhook's secret, are sealed. */
export const providerConnections = pgTable(
  'provider_connections',
  {
    /** A random uuid, a new one for each account that is connected; in the address of its webhook. */
    id: text('id').primaryKey(),
    locationId: text('location_id').notNull(),
    carrier: text('carrier').$type<CarrierName>().notNull(),
    status: text('status', { enum: ['active', 'broken'] }).notNull(),
    credentials: text('credentials').notNull(),
    credentialHint: text('credential_hint').notNull(),
    /** What a person knows the account by: tells whether new credentials open the same one. */
    accountName: text('account_name').notNull(),
    /** Ours or, of Heymarket, the verification token of the webhook that was set up by hand; null until it is known. */
    webhookSecret: text('webhook_secret'),
    /** What was set up over there, to be taken down. */
    webhookIds: text('webhook_ids').array().notNull().default([]),
    webhookCalledAt: time('webhook_called_at'),
    settings: jsonb('settings').$type<unknown>().notNull(),
    credits: doublePrecision('credits'),
    lastErrorAt: time('last_error_at'),
    lastErrorMessage: text('last_error_message'),
    lastErrorAdvice: text('last_error_advice'),
    /** Where reading its opt-outs goes on. */
    optOutCursor: text('opt_out_cursor'),
    /** Until when its replies were last looked for, beside what its webhook brings. */
    repliesReadAt: time('replies_read_at'),
    /** The idempotency key of the last test message, and what became of it; null until that is known. */
    testKey: text('test_key'),
    testAnswer: jsonb('test_answer').$type<unknown>(),
    connectedAt: time('connected_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [uniqueIndex('provider_connections_unique').on(table.locationId, table.carrier)],
)

/** Who carries a location's texts; no row: the CRM. */
export const providerChoices = pgTable('provider_choices', {
  locationId: text('location_id').primaryKey(),
  provider: text('provider').$type<ProviderName>().notNull(),
  updatedAt: time('updated_at').notNull(),
})

/** Each text that the CRM had us send. The words themselves are in the webhook that brought it. */
export const providerMessages = pgTable(
  'provider_messages',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    /** Null: none was connected, so that it failed. */
    carrier: text('carrier').$type<CarrierName>(),
    /** The platform's. */
    messageId: text('message_id').notNull(),
    contactId: text('contact_id').notNull(),
    /** The webhook that brought it. */
    webhookEventId: bigint('webhook_event_id', { mode: 'number' }).notNull(),
    /**
     * `waiting`, then `sending` before the call, then what came of it. A row that is found `sending` after a crash may
     * have been sent.
     */
    state: text('state', {
      enum: ['waiting', 'sending', 'accepted', 'sent', 'delivered', 'failed', 'unknown'],
    }).notNull(),
    /** Given to the system at every try. */
    dedupeText: text('dedupe_text').notNull(),
    dedupeNumber: integer('dedupe_number').notNull(),
    providerMessageId: text('provider_message_id'),
    /** The system's own word for the state. */
    raw: text('raw'),
    reason: text('reason'),
    tries: integer('tries').notNull().default(0),
    /** Of unknown outcome, but the system drops a repeat with the same dedupe id. */
    isRepeatable: boolean('is_repeatable').notNull().default(false),
    /** The final state, once the CRM was told it. */
    toldState: text('told_state'),
    /** When the first try began. */
    startedAt: time('started_at'),
    /** When the system was last asked what became of it, or the CRM was last to be told. */
    askedAt: time('asked_at'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('provider_messages_unique').on(table.locationId, table.messageId),
    index('provider_messages_reported_index').on(table.providerMessageId),
    index('provider_messages_dedupe_index').on(table.dedupeText),
    index('provider_messages_open_index')
      .on(table.updatedAt)
      .where(sql`${table.toldState} is null`),
    index('provider_messages_created_index').using('brin', table.createdAt),
  ],
)

/** Texts that came in through another system, each put into the CRM's thread once. */
export const providerInbound = pgTable(
  'provider_inbound',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    carrier: text('carrier').$type<CarrierName>().notNull(),
    providerMessageId: text('provider_message_id').notNull(),
    /** As read from the webhook; emptied once it is in the thread. */
    event: jsonb('event').$type<unknown>(),
    contactId: text('contact_id'),
    /** The platform's. */
    messageId: text('message_id'),
    /** When it was first put into the thread, whatever became of it. */
    startedAt: time('started_at'),
    /** Until when a process may be working on it; null when nobody is. */
    busyUntil: time('busy_until'),
    /** When it was last worked on. */
    triedAt: time('tried_at'),
    doneAt: time('done_at'),
    receivedAt: time('received_at').notNull(),
  },
  (table) => [
    uniqueIndex('provider_inbound_unique').on(table.locationId, table.carrier, table.providerMessageId),
    index('provider_inbound_received_index').using('brin', table.receivedAt),
    index('provider_inbound_open_index')
      .on(table.receivedAt)
      .where(sql`${table.doneAt} is null`),
  ],
)

/** Who wants no texts; asked before each send. */
export const optOuts = pgTable(
  'opt_outs',
  {
    locationId: text('location_id').notNull(),
    /** E.164. */
    phone: text('phone').notNull(),
    /** Who said so first. */
    source: text('source').$type<ProviderName>().notNull(),
    isOptedOut: boolean('is_opted_out').notNull(),
    /** On which contacts do-not-disturb was set because of it; where a person had set it, it is theirs to lift. */
    dndContactIds: text('dnd_contact_ids').array().notNull().default([]),
    at: time('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.locationId, table.phone] })],
)
