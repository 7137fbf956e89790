import { reactive, watch } from 'vue'
import type { RuleInput } from '../../shared/automation-contract.ts'
import { draftOf } from './rule-draft.ts'

const isOwner = (field: string) => field === 'assignedTo'

/** A rule as it is being written, and whether anything of it was changed. */
export function useRuleDraft(rule: RuleInput | null) {
  const draft = reactive(draftOf(rule))
  const before = JSON.stringify(draft)

  // An owner is chosen by id and everything else is typed: the one means nothing as the other.
  watch(
    () => isOwner(draft.triggerField),
    () => Object.assign(draft, { from: '', to: '' }),
  )
  watch(
    () => isOwner(draft.conditionField),
    () => (draft.conditionValue = ''),
  )

  return { draft, isChanged: () => JSON.stringify(draft) !== before }
}
