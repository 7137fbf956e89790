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
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { AuditAction, AuditOutcome } from '../../shared/audit-contract.ts'
import type { EventType, LocationEvent } from '../../shared/event-contract.ts'
import type { MessageStatus } from '../../shared/message-statuses.ts'
import { time } from './time-column.ts'

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
    /** Since when a refresh is under way whose outcome is not stored yet. */
    refreshingSince: time('refreshing_since'),
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
    index('installations_refreshing_index')
      .on(table.refreshingSince)
      .where(sql`${table.refreshingSince} is not null`),
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
    /** Their sequence steps by 1,000: processes once took their ids in blocks. */
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
    /** Since when a job is to work on it, which most need not: whoever stored it does so at once. */
    queuedAt: time('queued_at'),
  },
  (table) => [
    index('webhook_events_waiting_index')
      .on(table.receivedAt)
      .where(sql`${table.processedAt} is null and ${table.queuedAt} is null`),
  ],
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
    /** Tells the text again where the platform shows it. */
    bodyHash: text('body_hash'),
    /** When the last try began. */
    startedAt: time('started_at'),
    status: text('status', { enum: ['sending', 'sent', 'unknown', 'failed'] }).notNull(),
    messageId: text('message_id'),
    conversationId: text('conversation_id'),
    result: jsonb('result').$type<unknown>(),
    /** When it was last looked for in its thread. */
    lookedAt: time('looked_at'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.locationId, table.idempotencyKey] }),
    index('message_sends_contact_index').on(table.locationId, table.contactId),
    index('message_sends_open_index')
      .on(table.updatedAt)
      .where(sql`${table.status} in ('sending', 'unknown')`),
    index('message_sends_updated_index').using('brin', table.updatedAt),
  ],
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
  (table) => [
    primaryKey({ columns: [table.locationId, table.idempotencyKey] }),
    index('wrap_ups_updated_index').using('brin', table.updatedAt),
  ],
)

/** Who did what to which contact: no texts, no names, no numbers. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    userId: text('user_id').notNull(),
    /** Null for what concerns the whole location. */
    contactId: text('contact_id'),
    action: text('action').$type<AuditAction>().notNull(),
    outcome: text('outcome').$type<AuditOutcome>().notNull(),
    code: text('code'),
    /** The platform's id of what the action made or changed. */
    reference: text('reference'),
    requestId: text('request_id'),
    at: time('at').notNull(),
  },
  (table) => [
    index('audit_entries_location_index').on(table.locationId, table.id),
    index('audit_entries_contact_index').on(table.locationId, table.contactId, table.id),
    index('audit_entries_at_index').using('brin', table.at),
  ],
)

/**
 * Who uses how many slots of an owner's limit of calls, over all processes. Its times are the database's own, for the
 * processes' clocks differ.
 */
export const paceBooks = pgTable('pace_books', {
  /** A location's or company's key. */
  ownerKey: text('owner_key').primaryKey(),
  book: jsonb('book').$type<unknown>().notNull(),
})

/** What happened in a location, as its open pages are told; ids of one location commit in their order. */
export const locationEvents = pgTable(
  'location_events',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    type: text('type').$type<EventType>().notNull(),
    /** Null for what concerns the whole location. */
    contactId: text('contact_id'),
    /** When it happened, by the platform's own time. */
    at: time('at').notNull(),
    /** The other fields of the event; no texts. */
    data: jsonb('data').$type<Partial<LocationEvent>>().notNull(),
    /** The same thing is told once, however often and from wherever it is heard. */
    key: text('key').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('location_events_key_unique').on(table.locationId, table.key),
    index('location_events_location_index').on(table.locationId, table.id),
    index('location_events_created_index').using('brin', table.createdAt),
  ],
)

/** The newest that is known of each thing, so that what comes late does not count as news. */
export const eventMarks = pgTable(
  'event_marks',
  {
    locationId: text('location_id').notNull(),
    kind: text('kind').notNull(),
    objectId: text('object_id').notNull(),
    contactId: text('contact_id'),
    /** Of a message. */
    status: text('status').$type<MessageStatus>(),
    /** The time of the newest event. */
    at: time('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.locationId, table.kind, table.objectId] }),
    index('event_marks_status_index')
      .on(table.locationId, table.at)
      .where(sql`${table.status} in ('pending', 'queued', 'sent')`),
    index('event_marks_at_index').using('brin', table.at),
  ],
)

/** Which locations somebody watches, and until when each was compared with the platform. */
export const locationSweeps = pgTable('location_sweeps', {
  locationId: text('location_id').primaryKey(),
  watchedAt: time('watched_at').notNull(),
  /** Until when its messages were compared. */
  sweptAt: time('swept_at').notNull(),
  tasksSweptAt: time('tasks_swept_at').notNull(),
  /** When the last comparison began, whatever became of it. */
  triedAt: time('tried_at').notNull(),
})
