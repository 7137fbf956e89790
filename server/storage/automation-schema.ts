import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type {
  RuleCondition,
  RuleRunReason,
  RuleTask,
  RuleTrigger,
  RuleTriggerKind,
} from '../../shared/automation-contract.ts'
import { time } from './time-column.ts'

export const automationRules = pgTable(
  'automation_rules',
  {
    id: text('id').primaryKey(),
    locationId: text('location_id').notNull(),
    trigger: jsonb('trigger').$type<RuleTrigger>().notNull(),
    condition: jsonb('condition').$type<RuleCondition>(),
    task: jsonb('task').$type<RuleTask>().notNull(),
    isOn: boolean('is_on').notNull(),
    dailyLimit: integer('daily_limit').notNull(),
    /** What happened before it was turned on, or given another trigger, is not its business. */
    activeSince: time('active_since').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [index('automation_rules_location_index').on(table.locationId, table.createdAt)],
)

/** One row per rule and occasion, written before anything is made; also the log. No texts, no names, no values. */
export const automationRuns = pgTable(
  'automation_runs',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    locationId: text('location_id').notNull(),
    ruleId: text('rule_id').notNull(),
    contactId: text('contact_id').notNull(),
    trigger: text('trigger').$type<RuleTriggerKind>().notNull(),
    /** The same thing that happened has the same one, however often it is heard of. */
    occasion: text('occasion').notNull(),
    eventAt: time('event_at').notNull(),
    /** `creating` from before the call until its end is known. */
    state: text('state', { enum: ['waiting', 'creating', 'created', 'skipped', 'failed'] }).notNull(),
    reason: text('reason').$type<RuleRunReason>(),
    /** Tells the task again that an unanswered call may have made. */
    taskHash: text('task_hash'),
    /** The platform's. */
    taskId: text('task_id'),
    /** Until when a process may be working on it; null when nobody is. */
    busyUntil: time('busy_until'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('automation_runs_unique').on(table.ruleId, table.occasion),
    index('automation_runs_location_index').on(table.locationId, table.id),
    index('automation_runs_rule_index').on(table.ruleId, table.updatedAt),
    index('automation_runs_contact_index').on(table.locationId, table.contactId),
    index('automation_runs_created_index').using('brin', table.createdAt),
  ],
)

/** What rules of a location watch of a contact, as it was last seen: hashes of fields, and tags. */
export const contactSnapshots = pgTable(
  'contact_snapshots',
  {
    locationId: text('location_id').notNull(),
    contactId: text('contact_id').notNull(),
    fieldHashes: jsonb('field_hashes').$type<Record<string, string>>().notNull(),
    /** Null while they were not seen. */
    tags: text('tags').array(),
    /** The time of the newest event that it holds. */
    seenAt: time('seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.locationId, table.contactId] })],
)

/** Of which fields a location's contacts were looked through, so that their next change is no first sight. */
export const contactLearnings = pgTable('contact_learnings', {
  locationId: text('location_id').primaryKey(),
  /** Snapshots of an earlier installation are out of date. */
  installationId: text('installation_id').notNull(),
  fields: text('fields')
    .array()
    .notNull()
    .default(sql`'{}'`),
  /** When looking through last began, whatever became of it. */
  triedAt: time('tried_at').notNull(),
})

/** What Wrapup itself is about to change of a contact: its echo is nobody's change. */
export const ownChanges = pgTable(
  'own_changes',
  {
    locationId: text('location_id').notNull(),
    contactId: text('contact_id').notNull(),
    /** Tags, or a field, with the hash of what is there afterwards. */
    what: text('what').notNull(),
    at: time('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.locationId, table.contactId, table.what] }),
    index('own_changes_at_index').using('brin', table.at),
  ],
)
