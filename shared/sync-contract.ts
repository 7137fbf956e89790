import * as z from 'zod/mini'
import { cursor, pageLimit, platformId, requiredText } from './field-rules.ts'

/** What is done to a value before it is compared and written; each of them twice is the same as once. */
export const syncTransforms = ['trim', 'lower', 'upper', 'phone', 'date'] as const
export type SyncTransform = (typeof syncTransforms)[number]

/** Who wins where both sides changed a field differently since they were last the same. */
export const syncRules = ['newest', 'crm', 'provider'] as const
export type SyncRule = (typeof syncRules)[number]

export const syncDirections = ['both', 'to_crm', 'to_provider'] as const
export type SyncDirection = (typeof syncDirections)[number]

export const syncSides = ['crm', 'provider'] as const
export type SyncSide = (typeof syncSides)[number]

/** A field of the contact, or `custom:` and the id of a custom one. `fullName` joins and splits the names. */
const fieldKey = z.string().check(z.regex(/^(?:[a-zA-Z]{1,40}|custom:[A-Za-z0-9_-]{1,64})$/, 'not a field'))

export const syncMappingSchema = z.object({
  crmField: fieldKey,
  providerField: fieldKey,
  transforms: z.array(z.enum(syncTransforms)).check(z.maxLength(5)),
  direction: z.enum(syncDirections),
  rule: z.enum(syncRules),
})
export type SyncMapping = z.infer<typeof syncMappingSchema>

const tagName = requiredText(250)

/** `PUT /api/sync/settings` */
export const syncSettingsSchema = z.object({
  /** Whether changes travel by themselves, once a first run was made. */
  enabled: z.boolean(),
  /** Phone numbers are always kept in step: contacts are known by them. */
  mappings: z.array(syncMappingSchema).check(z.maxLength(50)),
  createInCrm: z.boolean(),
  createInProvider: z.boolean(),
  /** Given to the contact in the CRM when a new one of the other system is taken over. */
  newContactTag: z.nullable(tagName),
  syncTags: z.boolean(),
  /** Those the other system gets first where it takes fewer than a contact has. */
  tagOrder: z.array(tagName).check(z.maxLength(100)),
  /** New notes of the CRM become private comments where the other system has a conversation. */
  syncNotes: z.boolean(),
})
export type SyncSettings = z.infer<typeof syncSettingsSchema>

export const syncRunKinds = ['dry', 'real'] as const
export const syncRunStates = ['running', 'paused', 'cancelled', 'done', 'failed'] as const
export type SyncRunState = (typeof syncRunStates)[number]
export const syncRunStages = ['reading_provider', 'reading_crm', 'planning', 'applying'] as const
export type SyncRunStage = (typeof syncRunStages)[number]

export const syncActions = ['create', 'update', 'skip', 'duplicate'] as const
export type SyncAction = (typeof syncActions)[number]

export const syncCountsSchema = z.object({
  readInProvider: z.number(),
  readInCrm: z.number(),
  createInCrm: z.number(),
  createInProvider: z.number(),
  update: z.number(),
  /** Of the updates: contacts with a field that both sides changed. */
  conflict: z.number(),
  skip: z.number(),
  duplicate: z.number(),
  same: z.number(),
  done: z.number(),
  failed: z.number(),
})
export type SyncCounts = z.infer<typeof syncCountsSchema>

export const syncRunSchema = z.object({
  id: z.string(),
  kind: z.enum(syncRunKinds),
  state: z.enum(syncRunStates),
  stage: z.enum(syncRunStages),
  origin: z.enum(['person', 'daily']),
  counts: syncCountsSchema,
  /** A code of the error answers. */
  problem: z.nullable(z.string()),
  startedAt: z.string(),
  finishedAt: z.nullable(z.string()),
})
export type SyncRun = z.infer<typeof syncRunSchema>

export const syncReasons = [
  'changed',
  'new_contact',
  'no_phone',
  'no_address',
  'not_wanted',
  'deleted',
  'same_phone',
  'same_email',
  'already_linked',
  'kept_apart',
  'note',
] as const
export type SyncReason = (typeof syncReasons)[number]

/** Why a field was written; `newest` and `rule` where both sides had changed it. */
export const syncFieldReasons = [
  'changed',
  'filled',
  'one_way',
  'newest',
  'rule',
  'not_readable',
  'no_room',
] as const
export type SyncFieldReason = (typeof syncFieldReasons)[number]

/** Names of fields only, never what is in them. */
export const syncFieldChangeSchema = z.object({
  field: z.string(),
  /** Null where it was left as it is. */
  writtenTo: z.nullable(z.enum(syncSides)),
  reason: z.enum(syncFieldReasons),
})
export type SyncFieldChange = z.infer<typeof syncFieldChangeSchema>

export const syncOrigins = ['run', 'daily', 'crm_change', 'provider_change', 'replay', 'person'] as const
export type SyncOrigin = (typeof syncOrigins)[number]

export const syncLogEntrySchema = z.object({
  id: z.number(),
  at: z.string(),
  origin: z.enum(syncOrigins),
  action: z.enum(syncActions),
  /** Where something is made; null for what concerns both. */
  target: z.nullable(z.enum(syncSides)),
  state: z.enum(['planned', 'done', 'failed', 'left']),
  reason: z.enum(syncReasons),
  crmContactId: z.nullable(z.string()),
  providerContactId: z.nullable(z.string()),
  fields: z.array(syncFieldChangeSchema),
  isConflict: z.boolean(),
  /** Of a failed one: a code of the error answers. */
  code: z.nullable(z.string()),
})
export type SyncLogEntry = z.infer<typeof syncLogEntrySchema>

/** `GET /api/sync/log`; newest first */
export const syncLogQuerySchema = z.object({
  runId: z.optional(z.uuid()),
  only: z.optional(z.enum(['failed', 'create', 'update', 'conflict', 'skip', 'duplicate'])),
  limit: pageLimit(50),
  cursor: z.optional(cursor),
})
export type SyncLogQuery = z.infer<typeof syncLogQuerySchema>

export const syncLogAnswerSchema = z.object({
  entries: z.array(syncLogEntrySchema),
  nextCursor: z.nullable(z.string()),
})
export type SyncLogAnswer = z.infer<typeof syncLogAnswerSchema>

export const syncDuplicateSchema = z.object({
  id: z.number(),
  crmContactIds: z.array(z.string()),
  providerContactIds: z.array(z.string()),
  reason: z.enum(syncReasons),
})
export type SyncDuplicate = z.infer<typeof syncDuplicateSchema>

/** `GET /api/sync` */
export const syncAnswerSchema = z.object({
  /** Whether a system with contacts is connected. */
  isConnected: z.boolean(),
  settings: syncSettingsSchema,
  /** When the first run that wrote something ended; changes travel by themselves only after it. */
  firstRunAt: z.nullable(z.string()),
  /** When the other system was last asked for changes. */
  polledAt: z.nullable(z.string()),
  lastRun: z.nullable(syncRunSchema),
  linkedCount: z.number(),
  duplicates: z.array(syncDuplicateSchema),
})
export type SyncAnswer = z.infer<typeof syncAnswerSchema>

/** `POST /api/sync/runs` → `SyncRunAnswer` */
export const startSyncRunSchema = z.object({ kind: z.enum(syncRunKinds) })
export type StartSyncRun = z.infer<typeof startSyncRunSchema>
export const syncRunAnswerSchema = z.object({ run: syncRunSchema })
export type SyncRunAnswer = z.infer<typeof syncRunAnswerSchema>

/** `POST /api/sync/runs/:runId/state` */
export const changeSyncRunSchema = z.object({ action: z.enum(['pause', 'resume', 'cancel']) })
export type ChangeSyncRun = z.infer<typeof changeSyncRunSchema>

/** `POST /api/sync/duplicates/:id`: these two are the same person, or none of these is to be touched. */
export const decideDuplicateSchema = z.discriminatedUnion('decision', [
  z.object({ decision: z.literal('link'), crmContactId: platformId, providerContactId: platformId }),
  z.object({ decision: z.literal('apart') }),
])
export type DecideDuplicate = z.infer<typeof decideDuplicateSchema>

/** `GET /api/sync/fields` */
export const syncFieldsAnswerSchema = z.object({
  crm: z.array(z.object({ key: z.string(), name: z.string(), isReadOnly: z.boolean() })),
  provider: z.array(z.object({ key: z.string(), name: z.string(), isReadOnly: z.boolean() })),
})
export type SyncFieldsAnswer = z.infer<typeof syncFieldsAnswerSchema>

/** `POST /api/sync/preview`: what a mapping makes of one contact of the CRM. */
export const previewSyncSchema = z.object({
  crmContactId: platformId,
  mappings: z.array(syncMappingSchema).check(z.maxLength(50)),
})
export type PreviewSync = z.infer<typeof previewSyncSchema>

export const syncPreviewAnswerSchema = z.object({
  /** Whether the other system has this contact. */
  isMatched: z.boolean(),
  rows: z.array(
    z.object({
      crmField: z.string(),
      providerField: z.string(),
      crmValue: z.nullable(z.string()),
      providerValue: z.nullable(z.string()),
      /** What both would hold; null where nothing would be written or a value cannot be read. */
      result: z.nullable(z.string()),
      writtenTo: z.nullable(z.enum(syncSides)),
      isUnreadable: z.boolean(),
    }),
  ),
})
export type SyncPreviewAnswer = z.infer<typeof syncPreviewAnswerSchema>
