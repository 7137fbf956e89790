import type { Message } from '../../shared/message-contract.ts'
import { ApiError, toApiError, toFailureCode } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import type { MessageCheck, SendState } from '../stores/drafts-store.ts'
import { settlesDoubt } from './message-doubt.ts'
import { useContactScope } from './useContactScope.ts'
import { useMessageOutcome } from './useMessageOutcome.ts'

/** Asks what became of a message: the same key never sends a second time. */
export function useMessageCheck() {
  const { contactId, draft, timeline } = useContactScope()
  const api = useApi()
  const { show, wentOut } = useMessageOutcome()

  async function ask({ by, attempt: { key, payload } }: MessageCheck): Promise<Message> {
    if (by === 'message') return (await api.sendMessage(contactId, payload, key)).message
    const { parts } = await api.wrapUp(contactId, { message: payload }, key)
    if (parts.message?.ok) return parts.message.result
    throw new ApiError({ code: toFailureCode(parts.message?.error.code) })
  }

  async function settleByAnswer(state: SendState & { status: 'unknown' }): Promise<void> {
    const { attempt } = state.check
    try {
      const message = await ask(state.check)
      if (draft.send !== state) return
      wentOut(message, attempt.payload.message)
      show(message)
    } catch (thrown) {
      const error = toApiError(thrown)
      if (draft.send === state && settlesDoubt(error))
        draft.send = { status: 'failed', error, unsure: false, attempt }
    }
  }

  async function checkAgain(): Promise<void> {
    const { send: state } = draft
    if (state.status === 'unknown') await Promise.all([settleByAnswer(state), timeline.refresh()])
  }

  return { checkAgain }
}
