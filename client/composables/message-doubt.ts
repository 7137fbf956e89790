import type { ApiError } from '../api/api-error.ts'
import type { MessageCheck, SendState } from '../stores/drafts-store.ts'

/** Answers given only once it was looked up that an earlier try under the same key sent nothing. */
export function settlesDoubt({ code }: ApiError): boolean {
  return ['dnd_active', 'no_phone', 'rejected'].includes(code)
}

/** The message of which nobody knows whether it went out. */
export function doubtOf(send: SendState): MessageCheck | null {
  if (send.status === 'unknown') return send.check
  return send.status === 'failed' && send.unsure ? { by: 'message', attempt: send.attempt } : null
}
