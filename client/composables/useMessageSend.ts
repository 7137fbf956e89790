import type { Message, SendMessage } from '../../shared/message-contract.ts'
import type { TimelineMessage } from '../../shared/timeline-contract.ts'
import { isUncertain, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import type { Attempt, Draft } from '../stores/drafts-store.ts'
import { useContactsStore } from '../stores/contacts-store.ts'
import { useContactScope } from './useContactScope.ts'

/** One key per draft: kept while the same text is tried again, new for another text. */
export function attemptOf<Payload>(payload: Payload): Attempt<Payload> {
  return { key: crypto.randomUUID(), payload }
}

export function isSamePayload(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export function messagePayload(draft: Draft): SendMessage {
  return { message: draft.message, ...(draft.fromNumber ? { fromNumber: draft.fromNumber } : {}) }
}

/** What the CRM took, as the conversation shows it before it is read again. */
export function toTimelineMessage(message: Message): TimelineMessage {
  const { id, at, direction, body, status } = message
  return {
    kind: 'message',
    id,
    at,
    direction,
    body,
    status,
    channel: 'SMS',
    userId: null,
    attachmentCount: 0,
  }
}

/** Shows what was sent before anything is read again. */
export function useSentMessages() {
  const { contactId, timeline } = useContactScope()
  const contacts = useContactsStore()
  return (message: Message) => {
    timeline.upsert(toTimelineMessage(message))
    if (message.status !== 'scheduled') contacts.said(contactId, message.body, message.at)
  }
}

/** Sends the message alone. */
export function useMessageSend() {
  const { contactId, draft, timeline, query } = useContactScope()
  const api = useApi()
  const showSent = useSentMessages()

  async function submit(attempt: Attempt<SendMessage>): Promise<void> {
    draft.send = { status: 'sending' }
    try {
      const { message } = await api.sendMessage(contactId, attempt.payload, attempt.key)
      if (draft.message === attempt.payload.message) draft.message = ''
      draft.send = { status: 'idle' }
      showSent(message)
    } catch (thrown) {
      const error = toApiError(thrown)
      draft.send =
        error.code === 'outcome_unknown'
          ? { status: 'unknown', check: { by: 'message', attempt } }
          : { status: 'failed', error, attempt }
      if (error.code === 'dnd_active' || error.code === 'no_phone') void query.refetch()
    }
  }

  /** An attempt of which nobody knows how it ended is repeated as it was, before anything else is sent. */
  async function send(): Promise<void> {
    const { send: state } = draft
    if (state.status === 'sending' || state.status === 'unknown' || !draft.message.trim()) return
    const payload = messagePayload(draft)
    const isRepeat =
      state.status === 'failed' && (isUncertain(state.error) || isSamePayload(state.attempt.payload, payload))
    await submit(isRepeat ? state.attempt : attemptOf(payload))
  }

  async function sendAnyway(): Promise<void> {
    if (draft.message.trim()) await submit(attemptOf(messagePayload(draft)))
  }

  /** Asks what became of it: the same key never sends a second time. */
  async function checkAgain(): Promise<void> {
    const { send: state } = draft
    if (state.status !== 'unknown' || state.check.by !== 'message') return
    await Promise.all([submit(state.check.attempt), timeline.refresh()])
  }

  /** The person saw it in the conversation. */
  function settle(): void {
    draft.message = ''
    draft.send = { status: 'idle' }
  }

  return { send, sendAnyway, checkAgain, settle }
}
