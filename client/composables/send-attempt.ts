import type { Message, SendMessage } from '../../shared/message-contract.ts'
import type { TimelineMessage } from '../../shared/timeline-contract.ts'
import type { Attempt, Draft } from '../stores/drafts-store.ts'

/** One key per draft: kept while the same is tried again, new for something else. */
export function attemptOf<Payload>(
  payload: Payload,
  twins: readonly TimelineMessage[] = [],
): Attempt<Payload> {
  return {
    key: crypto.randomUUID(),
    payload,
    startedAtMs: Date.now(),
    twinIds: twins.map(({ id }) => id),
  }
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
