import type { WrapUp } from '../../shared/wrap-up-contract.ts'
import { type ApiError, toFailureCode } from '../api/api-error.ts'
import type { Attempt, WrapUpParts } from '../stores/drafts-store.ts'
import { isSamePayload } from './send-attempt.ts'
import { useContactCache } from './useContactCache.ts'
import { useContactScope } from './useContactScope.ts'
import { typedTags } from './useContactTags.ts'
import { useFollowUpDraft } from './useFollowUpDraft.ts'
import { useMessageOutcome } from './useMessageOutcome.ts'
import { useMissedFailure } from './useMissedFailure.ts'
import { useNotes } from './useNotes.ts'
import { isUndone, isUnsure, partNames, requestedParts } from './wrap-up-plan.ts'

/** What the answer to a wrap-up changes in the fields and on the page. */
export function useWrapUpOutcome() {
  const { contactId, draft, query, timeline } = useContactScope()
  const cache = useContactCache(contactId)
  const followUp = useFollowUpDraft()
  const notes = useNotes()
  const message = useMessageOutcome()
  const tellMissed = useMissedFailure()

  /** Clears the fields of parts that are done, unless they were changed since. */
  function clearFields(parts: WrapUpParts, { payload: sent, startedAtMs }: Attempt<WrapUp>): void {
    if (parts.message?.ok) message.wentOut(parts.message.result, sent.message?.message ?? '')
    if (parts.tags?.ok && isSamePayload(typedTags(draft.tag), sent.addTags)) draft.tag = ''
    if (parts.task?.ok) {
      if (sent.task) followUp.added(sent.task, startedAtMs)
      draft.adds.task = { status: 'idle' }
    }
    if (parts.note?.ok) {
      if (draft.note === sent.note?.body) draft.note = ''
      draft.adds.note = { status: 'idle' }
    }
  }

  function show(parts: WrapUpParts): void {
    if (parts.message?.ok) message.show(parts.message.result)
    if (parts.tags?.ok) {
      cache.setTags(parts.tags.result.tags)
      cache.refreshTagPicker()
    }
    if (parts.task?.ok) cache.upsertTask(parts.task.result)
    if (parts.note?.ok) notes.accept(parts.note.result)
  }

  /** A text of which nobody knows whether it went out is kept from every later wrap-up. */
  function guardMessage({ message: part }: WrapUpParts, { payload, ...attempt }: Attempt<WrapUp>): void {
    if (!part || part.ok || !payload.message) return
    const code = toFailureCode(part.error.code)
    if (isUnsure(part)) {
      const check = { by: 'wrap_up' as const, attempt: { ...attempt, payload: payload.message } }
      draft.send = { status: 'unknown', check }
      void timeline.refresh()
    } else draft.send = { status: 'idle' }
    if (code === 'dnd_active' || code === 'no_phone') void query.refetch()
  }

  function accept(parts: WrapUpParts, attempt: Attempt<WrapUp>, earlier: WrapUpParts): void {
    guardMessage(parts, attempt)
    clearFields(parts, attempt)
    draft.wrapUp = { status: 'done', parts: { ...earlier, ...parts }, attempt }
    show(parts)
    tellMissed(
      partNames
        .filter((name) => isUndone(parts[name]))
        .map((name) => ({ name, unsure: isUnsure(parts[name]) })),
    )
  }

  /** `unsure`: the wrap-up, or a try before it under the same key, may have been done all the same. */
  function fail(error: ApiError, unsure: boolean, attempt: Attempt<WrapUp>, earlier: WrapUpParts): void {
    draft.wrapUp = { status: 'failed', error, unsure, attempt, earlier }
    tellMissed(requestedParts(attempt.payload).map((name) => ({ name, unsure })))
  }

  return { accept, fail }
}
