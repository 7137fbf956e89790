import { z } from 'zod'
import type { HighLevelClient } from './platform-client.ts'
import { count, epochMs, flag, instantText, text, texts } from './platform-fields.ts'
import { platformPath } from './platform-path.ts'

const version = '2021-04-15'

const direction = z.enum(['inbound', 'outbound']).nullish().catch(null)

const conversationSchema = z.object({
  id: z.string(),
  contactId: z.string(),
  locationId: text,
  fullName: text,
  contactName: text,
  email: text,
  phone: text,
  assignedTo: text,
  lastMessageBody: text,
  /** Epoch ms. */
  lastMessageDate: epochMs,
  lastMessageDirection: direction,
  lastMessageType: text,
  unreadCount: count,
})
export type PlatformConversation = z.infer<typeof conversationSchema>

const searchAnswer = z.object({ conversations: z.array(conversationSchema).nullish(), total: count })

const messageSchema = z.object({
  id: z.string(),
  contactId: text,
  conversationId: text,
  locationId: text,
  /** ISO 8601. */
  dateAdded: instantText,
  body: text,
  direction,
  status: text,
  /** `TYPE_SMS`, `TYPE_CALL`, … */
  messageType: text,
  userId: text,
  source: text,
  attachments: z.array(z.unknown()).nullish().catch(null),
})
export type PlatformMessage = z.infer<typeof messageSchema>

const messagePage = z.object({
  messages: z.array(messageSchema),
  nextPage: flag,
  lastMessageId: text,
})

/**
 * The published shape is flat, real answers hold the page once more inside `messages`.
 * @see https://github.com/GoHighLevel/highlevel-api-docs/issues/54
 */
const messagesAnswer = z.union([
  messagePage,
  z.object({ messages: messagePage }).transform(({ messages }) => messages),
])

/** Long texts are answered with the ids of their parts as well; without any id nobody knows what was queued. */
const sentAnswer = z
  .object({ conversationId: text, messageId: text, messageIds: texts, status: text })
  .transform(({ conversationId, messageId, messageIds, status }, context) => {
    const id = messageId || messageIds?.[0]
    if (id) return { messageId: id, conversationId: conversationId ?? null, status: status ?? undefined }
    context.addIssue('no message id')
    return z.NEVER
  })

export type ConversationSearch = {
  contactId?: string
  assignedTo?: string
  limit?: number
  /** Sort value of the last conversation of the page before, epoch ms. */
  startAfterDate?: number
  sortBy?: 'last_message_date' | 'last_manual_message_date'
  sort?: 'asc' | 'desc'
}

export type SmsFields = {
  contactId: string
  message: string
  /** E.164. */
  fromNumber?: string
  /** Unix seconds. */
  scheduledTimestamp?: number
}

export type ConversationsApi = ReturnType<typeof createConversationsApi>

/** @see https://marketplace.gohighlevel.com/docs/ghl/conversations/conversations */
export function createConversationsApi(client: HighLevelClient) {
  const ownerOf = (locationId: string) => ({ kind: 'location', locationId }) as const

  return {
    async search(locationId: string, search: ConversationSearch) {
      const found = await client.call({
        owner: ownerOf(locationId),
        version,
        method: 'GET',
        path: '/conversations/search',
        query: { locationId, ...search },
        answer: searchAnswer,
      })
      return { conversations: found.conversations ?? [], total: found.total ?? null }
    },

    /** Newest first; `lastMessageId` of a page asks for the page after it. */
    async listMessages(
      locationId: string,
      conversationId: string,
      page: { limit: number; lastMessageId?: string },
    ): Promise<{ messages: PlatformMessage[]; nextPage: boolean; lastMessageId: string | null }> {
      const found = await client.call({
        owner: ownerOf(locationId),
        version,
        method: 'GET',
        path: platformPath`/conversations/${conversationId}/messages`,
        query: page,
        answer: messagesAnswer,
        aboutContact: true,
      })
      return {
        messages: found.messages,
        nextPage: found.nextPage ?? false,
        lastMessageId: found.lastMessageId || null,
      }
    },

    /**
     * Queues a text; an answer means queued, not delivered. The platform knows no idempotency key, so it is repeated
     * only when it provably did not happen.
     * @throws {AppError} `outcome_unknown` when no answer tells
     */
    async sendSms(locationId: string, sms: SmsFields) {
      return client.call({
        owner: ownerOf(locationId),
        version,
        method: 'POST',
        path: '/conversations/messages',
        body: { type: 'SMS', ...sms },
        answer: sentAnswer,
        aboutContact: true,
      })
    },
  }
}
