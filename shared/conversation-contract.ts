import * as z from 'zod/mini'
import { cursor, pageLimit } from './field-rules.ts'

export const conversationListQuerySchema = z.object({
  limit: pageLimit(25),
  cursor: z.optional(cursor),
})
export type ConversationListQuery = z.infer<typeof conversationListQuerySchema>

/** One line of "recent conversations"; `last…` is null where the user's rights or the platform give none. */
export const conversationSchema = z.object({
  contactId: z.string(),
  name: z.string(),
  phoneDisplay: z.nullable(z.string()),
  lastMessageBody: z.nullable(z.string()),
  lastMessageAt: z.nullable(z.string()),
  lastMessageDirection: z.nullable(z.enum(['inbound', 'outbound'])),
  unreadCount: z.number(),
})
export type Conversation = z.infer<typeof conversationSchema>

export const conversationListAnswerSchema = z.object({
  conversations: z.array(conversationSchema),
  nextCursor: z.nullable(z.string()),
})
export type ConversationListAnswer = z.infer<typeof conversationListAnswerSchema>
