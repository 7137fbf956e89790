import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  check,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core'

/** Times come from the application's clock, never from the database's: no column defaults to now(). */
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/** One row per location and one per company the app is (or was) installed in; tokens are sealed, never plain. */
export const installations = pgTable(
  'installations',
  {
    /** A random uuid, a new one on each (re)install: the installation's generation. */
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ['location', 'company'] }).notNull(),
    /** May be unknown for a location until the platform tells. */
    companyId: text('company_id'),
    /** Null for a company. */
    locationId: text('location_id'),
    status: text('status', {
      enum: ['active', 'reconnect_required', 'suspended', 'uninstalled'],
    }).notNull(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    accessExpiresAt: time('access_expires_at'),
    refreshedAt: time('refreshed_at'),
    scopes: text('scopes').array().notNull().default([]),
    /** Whether the location's token is made from the company's. */
    viaCompany: boolean('via_company').notNull().default(false),
    locationName: text('location_name'),
    timezone: text('timezone'),
    whitelabelDomain: text('whitelabel_domain'),
    installedBy: text('installed_by'),
    installedAt: time('installed_at').notNull(),
    uninstalledAt: time('uninstalled_at'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('installations_location_unique')
      .on(table.locationId)
      .where(sql`${table.kind} = 'location'`),
    uniqueIndex('installations_company_unique')
      .on(table.companyId)
      .where(sql`${table.kind} = 'company'`),
    index('installations_company_index').on(table.companyId),
    check(
      'installations_owner_check',
      sql`(${table.kind} = 'location' and ${table.locationId} is not null) or (${table.kind} = 'company' and ${table.companyId} is not null and ${table.locationId} is null)`,
    ),
  ],
)

/** An INSTALL of a location that came before its company's token. */
export const pendingInstalls = pgTable('pending_installs', {
  locationId: text('location_id').primaryKey(),
  companyId: text('company_id'),
  installedAt: time('installed_at').notNull(),
})

/** OAuth states that were given out and not used yet. */
export const oauthStates = pgTable('oauth_states', {
  /** Hash of the state's nonce. */
  id: text('id').primaryKey(),
  expiresAt: time('expires_at').notNull(),
})

/** The ledger of received webhooks. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    /** The platform's webhookId or, where it sends none, a hash of the content. */
    dedupeKey: text('dedupe_key').notNull().unique(),
    type: text('type').notNull(),
    locationId: text('location_id'),
    companyId: text('company_id'),
    eventAt: time('event_at'),
    receivedAt: time('received_at').notNull(),
    payload: jsonb('payload').$type<unknown>().notNull(),
    processedAt: time('processed_at'),
  },
  (table) => [index('webhook_events_location_index').on(table.locationId, table.id)],
)

/** One row per idempotency key of a send; the text itself is not stored. */
export const messageSends = pgTable(
  'message_sends',
  {
    locationId: text('location_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    contactId: text('contact_id').notNull(),
    userId: text('user_id').notNull(),
    requestHash: text('request_hash').notNull(),
    status: text('status', { enum: ['sending', 'sent', 'unknown', 'failed'] }).notNull(),
    messageId: text('message_id'),
    conversationId: text('conversation_id'),
    result: jsonb('result').$type<unknown>(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.locationId, table.idempotencyKey] })],
)

/** One row per idempotency key of a wrap-up, with what became of each part. */
export const wrapUps = pgTable(
  'wrap_ups',
  {
    locationId: text('location_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    contactId: text('contact_id').notNull(),
    userId: text('user_id').notNull(),
    parts: jsonb('parts').$type<unknown>().notNull(),
    /** Until when a process may be working on it; null when nobody is. */
    busyUntil: time('busy_until'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.locationId, table.idempotencyKey] })],
)
