import type { AutomationRule, RuleCondition, RuleTrigger } from '../../shared/automation-contract.ts'
import { automationTexts } from '../automation-texts.ts'

const words = automationTexts.sentence

/** A user's name by id; undefined for one who is not listed. */
export type NameOfUser = (userId: string) => string | undefined

export function fieldLabel(field: string): string {
  const known = Object.entries(automationTexts.fields).find(([name]) => name === field)
  return known?.[1] ?? automationTexts.customField(field.replace(/^custom:/, ''))
}

/** What a rule does, in one plain sentence. */
export function ruleSentence(
  { trigger, condition, task }: Pick<AutomationRule, 'trigger' | 'condition' | 'task'>,
  nameOf: NameOfUser,
): string {
  return triggerWords(trigger, nameOf) + conditionWords(condition, nameOf) + taskWords(task, nameOf)
}

function taskWords({ assignee, due, title }: AutomationRule['task'], nameOf: NameOfUser): string {
  const [when, what] = [words.dues[due], title.trim()]
  if (assignee.kind === 'nobody') return words.unassigned(when, what)
  const whom = assignee.kind === 'user' ? (nameOf(assignee.userId) ?? words.somebody) : words[assignee.kind]
  return words.remind(whom, when, what)
}

function valueWords(field: string, value: string, nameOf: NameOfUser): string {
  return field === 'assignedTo' ? (nameOf(value) ?? value) : value
}

function triggerWords(trigger: RuleTrigger, nameOf: NameOfUser): string {
  if (trigger.kind === 'tag_added' || trigger.kind === 'tag_removed') return words[trigger.kind](trigger.tag)
  if (trigger.kind !== 'field_changed') return words[trigger.kind]
  const { field, from, to } = trigger
  return (
    words.changed(fieldLabel(field)) +
    (from === null ? '' : words.from(valueWords(field, from, nameOf))) +
    (to === null ? '' : words.to(valueWords(field, to, nameOf)))
  )
}

function conditionWords(condition: RuleCondition | null, nameOf: NameOfUser): string {
  if (condition === null) return ''
  switch (condition.kind) {
    case 'has_tag':
    case 'lacks_tag':
      return words[condition.kind](condition.tag)
    case 'field_equals':
    case 'field_contains': {
      const { kind, field, value } = condition
      return words[kind](fieldLabel(field), valueWords(field, value, nameOf))
    }
    case 'field_is_empty':
      return words.field_is_empty(fieldLabel(condition.field))
    default:
      return words[condition.kind]
  }
}
