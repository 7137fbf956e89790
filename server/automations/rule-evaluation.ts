import type { RuleCondition, RuleTrigger } from '../../shared/automation-contract.ts'
import { normalizeTags } from '../../shared/tag-names.ts'
import type { ContactChanges, FieldChange, Watched } from './contact-changes.ts'
import { comparable, type ContactFacts, hashOfField, smsBlockedField } from './contact-facts.ts'

/** Something that happened to a contact, and which rules may wait for. */
export type Happening = { kind: 'delivery_failed' | 'reply' | 'opt_out' } | ChangedContact
type ChangedContact = {
  kind: 'changed'
  contactId: string
  changes: ContactChanges
  /** Of all that it has now. */
  tagsHash: string
}

/** A change as it is written down before Wrapup makes it: what is then there, as a hash. */
export const changeNames = {
  tags: (hash: string) => `tags=${hash}`,
  field: (field: string, hash: string) => `${field}=${hash}`,
}

/**
 * Whether this is what the rule waits for.
 * @returns the name of the change that set it off, empty where it was none of a contact; undefined where it is not
 */
export function triggeringChange(trigger: RuleTrigger, happening: Happening): string | undefined {
  if (happening.kind !== 'changed') return trigger.kind === happening.kind ? '' : undefined
  const { contactId, changes, tagsHash } = happening
  switch (trigger.kind) {
    case 'tag_added':
      return hasTag(changes.tagsAdded, trigger.tag) ? changeNames.tags(tagsHash) : undefined
    case 'tag_removed':
      return hasTag(changes.tagsRemoved, trigger.tag) ? changeNames.tags(tagsHash) : undefined
    case 'field_changed': {
      const change = changes.fields.find((one) => isAwaited(trigger, one, contactId))
      return change && changeNames.field(change.field, change.toHash)
    }
    default:
      return undefined
  }
}

function isAwaited(
  { field, from, to }: Extract<RuleTrigger, { kind: 'field_changed' }>,
  change: FieldChange,
  contactId: string,
): boolean {
  return (
    change.field === field &&
    (from === null || change.fromHash === hashOfField(contactId, field, from)) &&
    (to === null || change.toHash === hashOfField(contactId, field, to))
  )
}

/** Without a condition, everybody fits. */
export function conditionHolds(condition: RuleCondition | null, { fields, tags }: ContactFacts): boolean {
  const valueOf = (field: string) => comparable(fields.get(field) ?? '')
  switch (condition?.kind) {
    case undefined:
      return true
    case 'field_equals':
      return valueOf(condition.field) === comparable(condition.value)
    case 'field_contains':
      return valueOf(condition.field).includes(comparable(condition.value))
    case 'field_is_empty':
      return valueOf(condition.field) === ''
    case 'has_tag':
      return tags?.has(tagName(condition.tag)) ?? false
    case 'lacks_tag':
      return !tags?.has(tagName(condition.tag))
    case 'is_assigned':
      return valueOf('assignedTo') !== ''
    case 'is_unassigned':
      return valueOf('assignedTo') === ''
  }
}

/** What has to be remembered of contacts for rules with these triggers. */
export function watchedBy(triggers: readonly RuleTrigger[]): Watched {
  const fields = triggers.flatMap((trigger) => {
    if (trigger.kind === 'opt_out') return smsBlockedField
    return trigger.kind === 'field_changed' ? trigger.field : []
  })
  return {
    fields: new Set(fields),
    tags: triggers.some(({ kind }) => kind === 'tag_added' || kind === 'tag_removed'),
  }
}

const tagName = (tag: string): string => normalizeTags([tag])[0] ?? ''

const hasTag = (tags: readonly string[], tag: string): boolean => tags.includes(tagName(tag))
