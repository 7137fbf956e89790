import { computed } from 'vue'
import { messageMaxLength } from '../../shared/field-limits.ts'
import type { WrapUp } from '../../shared/wrap-up-contract.ts'
import { ApiError, isUncertain, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import type { Attempt, WrapUpParts, WrapUpState } from '../stores/drafts-store.ts'
import { isAddedAlone, isCarriedByWrapUp, isSentAlone } from './part-owner.ts'
import { recentTwin, sameWords } from './same-words.ts'
import { attemptOf, isSamePayload } from './send-attempt.ts'
import { useContactScope } from './useContactScope.ts'
import { lacksDate } from './useFollowUpDraft.ts'
import { useWrapUpOutcome } from './useWrapUpOutcome.ts'
import { useWrapUpPayload } from './useWrapUpPayload.ts'
import { hasUnsure, partNames, requestedParts, retryPayload } from './wrap-up-plan.ts'

/** Does everything that is filled in at once; each part has a result of its own. */
export function useWrapUp() {
  const { contactId, draft, timeline } = useContactScope()
  const api = useApi()
  const payload = useWrapUpPayload()
  const outcome = useWrapUpOutcome()

  const newAttempt = (wanted: WrapUp) =>
    attemptOf(wanted, wanted.message ? sameWords(timeline.items.value, wanted.message.message) : [])

  async function submit(
    attempt: Attempt<WrapUp>,
    earlier: WrapUpParts = {},
    wasUnsure = false,
  ): Promise<void> {
    draft.wrapUp = { status: 'running', attempt, earlier }
    let parts: WrapUpParts
    try {
      ;({ parts } = await api.wrapUp(contactId, attempt.payload, attempt.key))
    } catch (thrown) {
      const error = toApiError(thrown)
      return outcome.fail(error, wasUnsure || isUncertain(error), attempt, earlier)
    }
    outcome.accept(parts, attempt, earlier)
  }

  /** Why there is nothing to do. */
  function emptyState(): WrapUpState {
    if (isAddedAlone(draft, 'task') || isAddedAlone(draft, 'note'))
      return { status: 'empty', why: 'being_added' }
    if (lacksDate(draft.task)) return { status: 'empty', why: 'no_date' }
    const isHeld = isSentAlone(draft) && draft.message.trim() !== ''
    return { status: 'empty', why: isHeld ? 'message_held' : 'blank' }
  }

  /** Why a wrap-up does not even begin. */
  function hindrance(wanted: WrapUp, isMeant: boolean): (() => void) | null {
    if (requestedParts(wanted).length === 0) return () => (draft.wrapUp = emptyState())
    const words = wanted.message?.message
    if (words === undefined) return null
    if (words.length > messageMaxLength)
      return () => outcome.fail(new ApiError({ code: 'too_large' }), false, attemptOf(wanted), {})
    const twin = isMeant ? undefined : recentTwin(timeline.items.value, words, Date.now())
    return twin ? () => (draft.send = { status: 'twin', by: 'wrap_up', text: words, at: twin.at }) : null
  }

  /**
   * A wrap-up of which nobody knows how it ended is repeated as it was, before another begins; a text whose words went
   * out a moment ago goes out again only when that is meant.
   */
  async function run({ isMeant = false } = {}): Promise<void> {
    const { wrapUp: state } = draft
    if (state.status === 'running') return
    if (state.status === 'failed' && state.unsure) return submit(state.attempt, state.earlier, true)
    if (
      state.status === 'done' &&
      partNames.some((name) => name !== 'message' && isCarriedByWrapUp(draft, name))
    )
      return retry()
    const wanted = payload()
    const hindered = hindrance(wanted, isMeant)
    if (hindered) return hindered()
    const isRepeat = state.status === 'failed' && isSamePayload(state.attempt.payload, wanted)
    await (isRepeat ? submit(state.attempt, state.earlier) : submit(newAttempt(wanted)))
  }

  const retried = computed(() =>
    draft.wrapUp.status === 'done'
      ? retryPayload(draft.wrapUp.parts, draft.wrapUp.attempt.payload, payload())
      : {},
  )

  /** What failed once more: under the same key, so that what is done stays done, unless it was corrected. */
  async function retry(): Promise<void> {
    const { wrapUp: state } = draft
    if (state.status === 'failed') return run()
    const wanted = retried.value
    if (state.status !== 'done' || requestedParts(wanted).length === 0) return
    const wasUnsure = hasUnsure(state.parts)
    const hindered = wasUnsure ? null : hindrance(wanted, false)
    if (hindered) return hindered()
    const isSame = Object.entries(wanted).every(([name, part]) =>
      isSamePayload(part, state.attempt.payload[name as keyof WrapUp]),
    )
    const attempt = isSame || wasUnsure ? { ...state.attempt, payload: wanted } : newAttempt(wanted)
    await submit(attempt, state.parts, wasUnsure)
  }

  return {
    state: computed(() => draft.wrapUp),
    plan: computed(() => requestedParts(payload())),
    canRetry: computed(() => requestedParts(retried.value).length > 0),
    run,
    retry,
    forget: () => {
      draft.wrapUp = { status: 'idle' }
    },
  }
}
