import type {
  RuleAssignee,
  RuleCondition,
  RuleField,
  RuleInput,
  RuleTrigger,
  RuleTriggerKind,
} from '../../shared/automation-contract.ts'
import type { DuePreset } from '../../shared/due-presets.ts'
import { unknownMergeFields } from '../../shared/merge-fields.ts'
import { dailyLimitMax, usualDailyLimit } from '../../shared/watched-fields.ts'
import { automationTexts } from '../automation-texts.ts'

export type RuleConditionKind = RuleCondition['kind']

/** A rule as its form holds it: every field at once, whichever of them count now. */
export type RuleDraft = {
  trigger: RuleTriggerKind
  triggerTag: string
  triggerField: RuleField
  from: string
  to: string
  condition: RuleConditionKind | ''
  conditionTag: string
  conditionField: RuleField
  conditionValue: string
  title: string
  body: string
  due: DuePreset
  /** `contact_owner`, `nobody`, or a user's id. */
  assignee: string
  isOn: boolean
  dailyLimit: number
}

export type RuleErrors = Partial<Record<keyof RuleDraft, string>>

const empty: RuleDraft = {
  trigger: 'tag_added',
  triggerTag: '',
  triggerField: 'source',
  from: '',
  to: '',
  condition: '',
  conditionTag: '',
  conditionField: 'source',
  conditionValue: '',
  title: '',
  body: '',
  due: 'tomorrow',
  assignee: 'contact_owner',
  isOn: true,
  dailyLimit: usualDailyLimit,
}

export const takesTag = (kind: string): boolean => kind.includes('tag')
export const takesValue = (kind: string): boolean => kind === 'field_equals' || kind === 'field_contains'
export const takesField = (kind: string): boolean => kind.startsWith('field_')

export function draftOf(rule: RuleInput | null): RuleDraft {
  if (rule === null) return { ...empty }
  const { trigger, condition, task, isOn, dailyLimit } = rule
  return {
    ...empty,
    trigger: trigger.kind,
    ...('tag' in trigger ? { triggerTag: trigger.tag } : {}),
    ...('field' in trigger
      ? { triggerField: trigger.field, from: trigger.from ?? '', to: trigger.to ?? '' }
      : {}),
    condition: condition?.kind ?? '',
    ...(condition && 'tag' in condition ? { conditionTag: condition.tag } : {}),
    ...(condition && 'field' in condition ? { conditionField: condition.field } : {}),
    ...(condition && 'value' in condition ? { conditionValue: condition.value } : {}),
    title: task.title,
    body: task.body,
    due: task.due,
    assignee: task.assignee.kind === 'user' ? task.assignee.userId : task.assignee.kind,
    isOn,
    dailyLimit,
  }
}

export function inputOf(draft: RuleDraft): RuleInput {
  const { title, body, due, isOn, dailyLimit } = draft
  return {
    trigger: triggerOf(draft),
    condition: conditionOf(draft),
    task: { title: title.trim(), body, due, assignee: assigneeOf(draft) },
    isOn,
    dailyLimit,
  }
}

function triggerOf({ trigger: kind, triggerTag, triggerField, from, to }: RuleDraft): RuleTrigger {
  if (kind === 'tag_added' || kind === 'tag_removed') return { kind, tag: triggerTag.trim() }
  if (kind !== 'field_changed') return { kind }
  return { kind, field: triggerField, from: from.trim() || null, to: to.trim() || null }
}

function conditionOf(draft: RuleDraft): RuleCondition | null {
  const { condition: kind, conditionTag, conditionField: field, conditionValue } = draft
  if (kind === '') return null
  if (kind === 'has_tag' || kind === 'lacks_tag') return { kind, tag: conditionTag.trim() }
  if (kind === 'field_equals' || kind === 'field_contains')
    return { kind, field, value: conditionValue.trim() }
  return kind === 'field_is_empty' ? { kind, field } : { kind }
}

function assigneeOf({ assignee }: RuleDraft): RuleAssignee {
  return assignee === 'contact_owner' || assignee === 'nobody'
    ? { kind: assignee }
    : { kind: 'user', userId: assignee }
}

/** What keeps the draft from being saved, by field. */
export function errorsOf(draft: RuleDraft): RuleErrors {
  const words = automationTexts.editor
  const { trigger, condition, dailyLimit } = draft
  const missing = (text: string, counts = true) => (counts && !text.trim() ? words.missing : undefined)
  const unknown = (text: string) => {
    const names = unknownMergeFields(text)
    return names.length > 0
      ? words.unknownMergeField(names.map((name) => `{{${name}}}`).join(', '))
      : undefined
  }
  const isLimit = Number.isInteger(dailyLimit) && dailyLimit >= 1 && dailyLimit <= dailyLimitMax
  const found = {
    triggerTag: missing(draft.triggerTag, takesTag(trigger)),
    conditionTag: missing(draft.conditionTag, takesTag(condition)),
    conditionValue: missing(draft.conditionValue, takesValue(condition)),
    title: missing(draft.title) ?? unknown(draft.title),
    body: unknown(draft.body),
    dailyLimit: isLimit ? undefined : words.limitRange(dailyLimitMax),
  }
  return Object.fromEntries(Object.entries(found).filter(([, error]) => error !== undefined))
}
