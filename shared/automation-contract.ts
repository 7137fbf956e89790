import * as z from 'zod/mini'
import { duePresets } from './due-presets.ts'
import { cursor, optionalText, pageLimit, platformId, requiredText, tagMaxLength } from './field-rules.ts'
import { unknownMergeFields } from './merge-fields.ts'
import { dailyLimitMax, watchableFields } from './watched-fields.ts'

const tag = requiredText(tagMaxLength)
const fieldValue = requiredText(500)

/** A field as a rule names it: one that every contact has, or `custom:` and the id of a custom one. */
export const ruleFieldSchema = z.union([
  z.enum(watchableFields),
  z.string().check(z.regex(/^custom:[A-Za-z0-9_-]{1,64}$/, 'not a field')),
])
export type RuleField = z.infer<typeof ruleFieldSchema>

export const ruleTriggerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('field_changed'),
    field: ruleFieldSchema,
    /** Null: from, or to, whatever it is. Upper and lower case are alike. */
    from: z.nullable(fieldValue),
    to: z.nullable(fieldValue),
  }),
  z.object({ kind: z.literal('tag_added'), tag }),
  z.object({ kind: z.literal('tag_removed'), tag }),
  z.object({ kind: z.literal('delivery_failed') }),
  z.object({ kind: z.literal('reply') }),
  z.object({ kind: z.literal('opt_out') }),
])
export type RuleTrigger = z.infer<typeof ruleTriggerSchema>
export type RuleTriggerKind = RuleTrigger['kind']

/** Asked of the contact when the follow-up is about to be made. */
export const ruleConditionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('field_equals'), field: ruleFieldSchema, value: fieldValue }),
  z.object({ kind: z.literal('field_contains'), field: ruleFieldSchema, value: fieldValue }),
  z.object({ kind: z.literal('field_is_empty'), field: ruleFieldSchema }),
  z.object({ kind: z.literal('has_tag'), tag }),
  z.object({ kind: z.literal('lacks_tag'), tag }),
  z.object({ kind: z.literal('is_assigned') }),
  z.object({ kind: z.literal('is_unassigned') }),
])
export type RuleCondition = z.infer<typeof ruleConditionSchema>

export const ruleAssigneeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), userId: platformId }),
  z.object({ kind: z.literal('contact_owner') }),
  z.object({ kind: z.literal('nobody') }),
])
export type RuleAssignee = z.infer<typeof ruleAssigneeSchema>

const knowsItsFields = z.refine<string>(
  (text) => unknownMergeFields(text).length === 0,
  'names a merge field that does not exist',
)

export const ruleTaskSchema = z.object({
  title: requiredText(200).check(knowsItsFields),
  body: optionalText(2_000).check(knowsItsFields),
  due: z.enum(duePresets),
  assignee: ruleAssigneeSchema,
})
export type RuleTask = z.infer<typeof ruleTaskSchema>

/** A follow-up rule as the page sends it, whole. */
export const ruleInputSchema = z.object({
  trigger: ruleTriggerSchema,
  condition: z.nullable(ruleConditionSchema),
  task: ruleTaskSchema,
  isOn: z.boolean(),
  /** Follow-ups within 24 hours; what comes beyond is left out, and said. */
  dailyLimit: z.int().check(z.gte(1), z.lte(dailyLimitMax)),
})
export type RuleInput = z.infer<typeof ruleInputSchema>

export const automationRuleSchema = z.extend(ruleInputSchema, {
  id: z.string(),
  /** ISO 8601, as all times. */
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Of the last 24 hours; `leftOut` because of the daily limit. */
  recent: z.object({ created: z.number(), leftOut: z.number() }),
})
export type AutomationRule = z.infer<typeof automationRuleSchema>

/** `GET /api/automations`, the oldest first. */
export const rulesAnswerSchema = z.object({ rules: z.array(automationRuleSchema) })
export type RulesAnswer = z.infer<typeof rulesAnswerSchema>
export const ruleAnswerSchema = z.object({ rule: automationRuleSchema })
export type RuleAnswer = z.infer<typeof ruleAnswerSchema>

/** `POST /api/automations/preview`: what the rule would do for a contact now. Makes nothing. */
export const rulePreviewInputSchema = z.object({
  contactId: platformId,
  condition: z.nullable(ruleConditionSchema),
  task: ruleTaskSchema,
})
export type RulePreviewInput = z.infer<typeof rulePreviewInputSchema>

export const rulePreviewSchema = z.object({
  conditionHolds: z.boolean(),
  title: z.string(),
  body: z.string(),
  dueDate: z.string(),
  assignedTo: z.nullable(z.string()),
})
export type RulePreview = z.infer<typeof rulePreviewSchema>

/** `created` may have been made without its assignee: the reason says so. */
export const ruleRunOutcomes = ['created', 'skipped', 'failed', 'waiting'] as const
export type RuleRunOutcome = (typeof ruleRunOutcomes)[number]

export const ruleRunReasons = [
  'assignee_gone',
  'no_owner',
  'condition',
  'daily_limit',
  'still_open',
  'own_change',
  'rule_off',
  'contact_gone',
  'reconnect_required',
  'location_suspended',
  'rejected',
  'gave_up',
] as const
export type RuleRunReason = (typeof ruleRunReasons)[number]

export const ruleRunSchema = z.object({
  id: z.number(),
  ruleId: z.string(),
  contactId: z.string(),
  /** When what the rule waits for happened. */
  at: z.string(),
  trigger: z.enum(['field_changed', 'tag_added', 'tag_removed', 'delivery_failed', 'reply', 'opt_out']),
  outcome: z.enum(ruleRunOutcomes),
  reason: z.nullable(z.enum(ruleRunReasons)),
  taskId: z.nullable(z.string()),
})
export type RuleRun = z.infer<typeof ruleRunSchema>

/** `GET /api/automations/log`, of the last 30 days, the newest first. */
export const ruleLogQuerySchema = z.object({
  ruleId: z.optional(platformId),
  limit: pageLimit(25),
  cursor: z.optional(cursor),
})
export type RuleLogQuery = z.infer<typeof ruleLogQuerySchema>
export const ruleLogAnswerSchema = z.object({
  entries: z.array(ruleRunSchema),
  nextCursor: z.nullable(z.string()),
})
export type RuleLogAnswer = z.infer<typeof ruleLogAnswerSchema>
