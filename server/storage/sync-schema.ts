import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  doublePrecision,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type {
  SyncAction,
  SyncCounts,
  SyncFieldChange,
  SyncOrigin,
  SyncReason,
  SyncRunStage,
  SyncRunState,
  SyncSide,
} from '../../shared/sync-contract.ts'
import { time } from './time-column.ts'

/** How a location's contacts are kept in step with another system's. */
export const syncSettings = pgTable('sync_settings', {
  locationId: text('location_id').primaryKey(),
  settings: jsonb('settings').$type<unknown>().notNull(),
  isEnabled: boolean('is_enabled').notNull(),
  /** When the first run that wrote something ended. */
  firstRunAt: time('first_run_at'),
  /** When the other system was last asked for changes, and the newest change that it told of. */
  polledAt: time('polled_at'),
  polledUntil: time('polled_until'),
  /** Whose contacts the links are about: what a person knows the account by. */
  accountName: text('account_name'),
  updatedAt: time('updated_at').notNull(),
})

/** Which contacts are the same person, and what both sides held when they were last made the same. */
export const syncLinks = pgTable(
  'sync_links',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    crmContactId: text('crm_contact_id').notNull(),
    providerContactId: text('provider_contact_id').notNull(),
    /** One of them was deleted: the other stays as it is, and is not made anew. */
    isGone: boolean('is_gone').notNull().default(false),
    crmValues: jsonb('crm_values').$type<Record<string, string>>(),
    providerValues: jsonb('provider_values').$type<Record<string, string>>(),
    crmTags: text('crm_tags').array().notNull().default([]),
    providerTags: text('provider_tags').array().notNull().default([]),
    /** Null: linked, but not made the same yet. */
    crmHash: text('crm_hash'),
    providerHash: text('provider_hash'),
    crmUpdatedAt: time('crm_updated_at'),
    providerUpdatedAt: time('provider_updated_at'),
    syncedAt: time('synced_at').notNull(),
  },
  (table) => [
    uniqueIndex('sync_links_crm_unique').on(table.locationId, table.crmContactId),
    uniqueIndex('sync_links_provider_unique').on(table.locationId, table.providerContactId),
  ],
)

/** A comparison of all contacts of both sides; its position is kept with each step. */
export const syncRuns = pgTable(
  'sync_runs',
  {
    /** A random uuid. */
    id: text('id').primaryKey(),
    locationId: text('location_id').notNull(),
    kind: text('kind', { enum: ['dry', 'real'] }).notNull(),
    origin: text('origin', { enum: ['person', 'daily'] }).notNull(),
    state: text('state').$type<SyncRunState>().notNull(),
    stage: text('stage').$type<SyncRunStage>().notNull(),
    /** Where reading goes on. */
    cursor: text('cursor'),
    counts: jsonb('counts').$type<SyncCounts>().notNull(),
    /** Why it failed or is late: a code of the error answers. */
    problem: text('problem'),
    startedAt: time('started_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    finishedAt: time('finished_at'),
  },
  (table) => [
    uniqueIndex('sync_runs_open_unique')
      .on(table.locationId)
      .where(sql`${table.state} in ('running', 'paused')`),
    index('sync_runs_location_index').on(table.locationId, table.startedAt),
  ],
)

/** What a run has read so far; gone when it ends. */
export const syncSnapshots = pgTable(
  'sync_snapshots',
  {
    runId: text('run_id').notNull(),
    side: text('side').$type<SyncSide>().notNull(),
    contactId: text('contact_id').notNull(),
    contact: jsonb('contact').$type<unknown>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.side, table.contactId] })],
)

/** What a run is about to do, and what was done, from whatever cause: names of fields, nothing that is in them. */
export const syncLog = pgTable(
  'sync_log',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    runId: text('run_id'),
    origin: text('origin').$type<SyncOrigin>().notNull(),
    action: text('action').$type<SyncAction>().notNull(),
    target: text('target').$type<SyncSide>(),
    state: text('state', { enum: ['planned', 'done', 'failed', 'left'] }).notNull(),
    reason: text('reason').$type<SyncReason>().notNull(),
    crmContactId: text('crm_contact_id'),
    providerContactId: text('provider_contact_id'),
    fields: jsonb('fields').$type<SyncFieldChange[]>().notNull(),
    isConflict: boolean('is_conflict').notNull(),
    /** Of a note that was to be carried over. */
    noteId: text('note_id'),
    code: text('code'),
    at: time('at').notNull(),
  },
  (table) => [
    index('sync_log_location_index').on(table.locationId, table.id),
    index('sync_log_run_index').on(table.runId, table.state, table.id),
    index('sync_log_at_index').using('brin', table.at),
  ],
)

/** Contacts that may be one person, for a person to decide. */
export const syncDuplicates = pgTable(
  'sync_duplicates',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    /** A hash of their ids. */
    key: text('key').notNull(),
    crmContactIds: text('crm_contact_ids').array().notNull(),
    providerContactIds: text('provider_contact_ids').array().notNull(),
    reason: text('reason').$type<SyncReason>().notNull(),
    state: text('state', { enum: ['open', 'linked', 'apart'] }).notNull(),
    at: time('at').notNull(),
  },
  (table) => [uniqueIndex('sync_duplicates_unique').on(table.locationId, table.key)],
)

/** Each note that was carried over, once. */
export const syncNotes = pgTable(
  'sync_notes',
  {
    locationId: text('location_id').notNull(),
    noteId: text('note_id').notNull(),
    /** Written before the call: one whose outcome is lost is not written twice. */
    startedAt: time('started_at').notNull(),
    doneAt: time('done_at'),
  },
  (table) => [primaryKey({ columns: [table.locationId, table.noteId] })],
)

/** Until when each connection's calls are spoken for, over all processes: epoch ms of the wall clock. */
export const syncAllowances = pgTable('sync_allowances', {
  connectionId: text('connection_id').primaryKey(),
  spokenForUntilMs: doublePrecision('spoken_for_until_ms').notNull(),
})
