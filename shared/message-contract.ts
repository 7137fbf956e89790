import * as z from 'zod/mini'
import { instant, messageMaxLength, requiredText } from './field-rules.ts'
import { messageStatuses } from './message-statuses.ts'

export { type MessageStatus, messageStatuses, openMessageStatuses } from './message-statuses.ts'

export const sendMessageSchema = z.object({
  message: requiredText(messageMaxLength),
  /** E.164; one of the location's own numbers. */
  fromNumber: z.optional(z.string().check(z.regex(/^\+[1-9]\d{4,14}$/, 'must be E.164'))),
  scheduledAt: z.optional(instant),
})
export type SendMessage = z.infer<typeof sendMessageSchema>

export const messageSchema = z.object({
  /** The platform's message id. */
  id: z.string(),
  contactId: z.string(),
  body: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  status: z.enum(messageStatuses),
  /** ISO 8601. */
  at: z.string(),
})
export type Message = z.infer<typeof messageSchema>

export const messageAnswerSchema = z.object({ message: messageSchema })
export type MessageAnswer = z.infer<typeof messageAnswerSchema>
