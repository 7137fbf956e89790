import type { Message, SendMessage } from '../../shared/message-contract.ts'
import { type ApiError, isUncertain, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import type { Attempt } from '../stores/drafts-store.ts'
import { settlesDoubt } from './message-doubt.ts'
import { isCarriedByWrapUp } from './part-owner.ts'
import { recentTwin, sameWords } from './same-words.ts'
import { attemptOf, isSamePayload, messagePayload } from './send-attempt.ts'
import { useContactScope } from './useContactScope.ts'
import { useMessageOutcome } from './useMessageOutcome.ts'
import { useMissedFailure } from './useMissedFailure.ts'

/** Sends the message alone. */
export function useMessageSend() {
  const { contactId, draft, timeline, query } = useContactScope()
  const api = useApi()
  const { show, wentOut } = useMessageOutcome()
  const tellMissed = useMissedFailure()

  const newAttempt = () => attemptOf(messagePayload(draft), sameWords(timeline.items.value, draft.message))

  function fail(error: ApiError, attempt: Attempt<SendMessage>, wasUnsure: boolean): void {
    const unsure = isUncertain(error) || (wasUnsure && !settlesDoubt(error))
    draft.send =
      error.code === 'outcome_unknown'
        ? { status: 'unknown', check: { by: 'message', attempt } }
        : { status: 'failed', error, unsure, attempt }
    tellMissed([{ name: 'message', unsure }])
    if (error.code === 'dnd_active' || error.code === 'no_phone') void query.refetch()
    if (unsure) void timeline.refresh()
  }

  async function submit(attempt: Attempt<SendMessage>, wasUnsure = false): Promise<void> {
    draft.send = { status: 'sending' }
    let message: Message
    try {
      ;({ message } = await api.sendMessage(contactId, attempt.payload, attempt.key))
    } catch (thrown) {
      return fail(toApiError(thrown), attempt, wasUnsure)
    }
    wentOut(message, attempt.payload.message)
    show(message)
  }

  /**
   * An attempt of which nobody knows how it ended is repeated as it was, before anything else is sent; words that went
   * out a moment ago are sent again only when that is meant.
   */
  async function send({ isMeant = false } = {}): Promise<void> {
    const { send: state } = draft
    if (state.status === 'sending' || state.status === 'unknown' || !draft.message.trim()) return
    if (isCarriedByWrapUp(draft, 'message')) return
    if (state.status === 'failed' && state.unsure) return submit(state.attempt, true)
    const twin = recentTwin(timeline.items.value, draft.message, Date.now())
    if (twin && !isMeant) {
      draft.send = { status: 'twin', by: 'message', text: draft.message, at: twin.at }
      return
    }
    const isRepeat = state.status === 'failed' && isSamePayload(state.attempt.payload, messagePayload(draft))
    await submit(isRepeat ? state.attempt : newAttempt())
  }

  async function sendAnyway(): Promise<void> {
    if (draft.message.trim()) await submit(newAttempt())
  }

  return { send, sendAnyway }
}
