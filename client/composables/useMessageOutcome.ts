import type { Message } from '../../shared/message-contract.ts'
import { failedMessageStatuses } from '../../shared/message-statuses.ts'
import { useContactsStore } from '../stores/contacts-store.ts'
import { doubtOf } from './message-doubt.ts'
import { toTimelineMessage } from './send-attempt.ts'
import { useContactScope } from './useContactScope.ts'
import { requestedParts, withoutPart } from './wrap-up-plan.ts'

/** What a message that is settled leaves behind, whichever way it was sent. */
export function useMessageOutcome() {
  const { contactId, draft, timeline } = useContactScope()
  const contacts = useContactsStore()

  /** A wrap-up that could not tell, or could not do it, has nothing left to do for the message. */
  function settleWrapUp(message: Message | null): void {
    const { wrapUp } = draft
    if (wrapUp.status === 'done' && wrapUp.parts.message?.ok === false) {
      const others = withoutPart(wrapUp.parts, 'message')
      const parts = message ? { ...others, message: { ok: true as const, result: message } } : others
      draft.wrapUp = Object.keys(parts).length > 0 ? { ...wrapUp, parts } : { status: 'idle' }
    }
    const isOnlyMessage =
      wrapUp.status === 'failed' && requestedParts(wrapUp.attempt.payload).join() === 'message'
    if (isOnlyMessage) draft.wrapUp = { status: 'idle' }
  }

  /** Shows what was sent before anything is read again. */
  function show(message: Message): void {
    timeline.upsert(toTimelineMessage(message))
    if (message.status !== 'scheduled') contacts.said(contactId, message.body, message.at)
  }

  /** It went out as `text`; one that did not arrive stays in the field. */
  function wentOut(message: Message, text: string): void {
    if (draft.message === text && !failedMessageStatuses.includes(message.status)) draft.message = ''
    draft.send = { status: 'idle' }
    settleWrapUp(message)
  }

  /** A person saw that the message in doubt went out; what was typed since stays. */
  function settle(): void {
    if (draft.message === doubtOf(draft.send)?.attempt.payload.message) draft.message = ''
    draft.send = { status: 'idle' }
    settleWrapUp(null)
  }

  return { show, wentOut, settle }
}
