import type { WrapUp, WrapUpPartName } from '../../shared/wrap-up-contract.ts'
import type { AddedPart, Draft } from '../stores/drafts-store.ts'
import { isUnsure, requestedParts } from './wrap-up-plan.ts'

/** What stands in a part's field. */
export const fieldText = (draft: Draft, part: AddedPart): string =>
  (part === 'task' ? draft.task.title : draft.note).trim()

/** Tags may be added twice without harm; nobody knows what became of a text, so no other goes out before it. */
function isDoubled(draft: Draft, part: WrapUpPartName, { task, note }: WrapUp): boolean {
  if (part === 'tags') return false
  if (part === 'message') return true
  return fieldText(draft, part) === (part === 'task' ? task?.title : note?.body)?.trim()
}

/** Whether a wrap-up is at work on a part, or nobody knows what it did with it: then nothing else does it. */
export function isCarriedByWrapUp(draft: Draft, part: WrapUpPartName): boolean {
  const { wrapUp } = draft
  if (wrapUp.status === 'idle' || wrapUp.status === 'empty') return false
  const { payload } = wrapUp.attempt
  if (wrapUp.status === 'done') return isUnsure(wrapUp.parts[part]) && isDoubled(draft, part, payload)
  if (!requestedParts(payload).includes(part)) return false
  return wrapUp.status === 'running' || (wrapUp.unsure && isDoubled(draft, part, payload))
}

/** Whether a message is being sent alone, or may have been: then no wrap-up takes it along. */
export function isSentAlone({ send }: Draft): boolean {
  return send.status === 'sending' || send.status === 'unknown' || (send.status === 'failed' && send.unsure)
}

/** The same for a follow-up or a note. */
export function isAddedAlone(draft: Draft, part: AddedPart): boolean {
  const state = draft.adds[part]
  return (
    state.status === 'adding' ||
    (state.status === 'failed' && state.unsure && state.text === fieldText(draft, part))
  )
}
