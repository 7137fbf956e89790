import { z } from 'zod'
import { type MessageStatus, messageStatuses } from '../../shared/message-statuses.ts'

const id = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .nullish()
  .catch(null)
const text = z.string().nullish().catch(null)

/** `ContactCreate` and its like, `NoteCreate`, `TaskCreate`: the object's id, and the contact's where it is another. */
export const objectSchema = z.object({ id, contactId: id, title: text })

/** Some lack the message's id, calls have states of their own. */
export const messageSchema = z.object({
  messageId: id,
  contactId: id,
  conversationId: id,
  direction: text,
  status: text,
  body: text,
  source: text,
  dateAdded: text,
})
export type MessagePayload = z.infer<typeof messageSchema>

export function messageStatusOf(word: string | null | undefined): MessageStatus | null {
  return messageStatuses.find((known) => known === word) ?? null
}

/** Of ISO 8601; undefined for what is none, and for what is still to come. */
export function pastTime(time: string | null | undefined, nowMs: number): Date | undefined {
  const ms = Date.parse(time ?? '')
  return ms >= 0 && ms <= nowMs ? new Date(ms) : undefined
}
