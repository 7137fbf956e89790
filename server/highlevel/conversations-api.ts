import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { HighLevelClient } from './platform-client.ts'
import { count, epochMs, flag, instantText, nothing, text, texts } from './platform-fields.ts'
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

const searchAnswer = z.object({ conversations: z.array(conversationSchema).nullish() })

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
  conversationProviderId: text,
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
  /** Who carries it; unset: whoever carries the location's texts. */
  conversationProviderId?: string
}

/** What a conversation provider tells of a text that it was given. */
export type ProviderStatus = {
  status: 'delivered' | 'failed'
  error?: { code: string; type: string; message: string }
}

/** A text that a conversation provider received. */
export type ProviderInboundText = {
  contactId: string
  /** Unset: the location's default provider. */
  conversationProviderId?: string
  message: string
  attachments?: readonly string[]
  /** ISO 8601. */
  date?: string
  /** The provider's own id of it. */
  altId: string
}

/**
 * Without an id, nothing was put into the thread: 201 with an empty body, where no provider of ours carries the texts.
 * @see https://github.com/GoHighLevel/highlevel-api-docs/issues/70
 */
const inboundAnswer = z
  .object({ messageId: text, conversationId: text })
  .catch({ messageId: null, conversationId: null })

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
      return { conversations: found.conversations ?? [] }
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

    /** @returns null where the location has no such message */
    async findMessage(locationId: string, messageId: string): Promise<PlatformMessage | null> {
      try {
        return await client.call({
          owner: ownerOf(locationId),
          version,
          method: 'GET',
          path: platformPath`/conversations/messages/${messageId}`,
          answer: messageSchema,
        })
      } catch (error) {
        if (error instanceof AppError && error.code === 'not_found') return null
        throw error
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

    /**
     * Only for texts that this app was given as their provider, which the platform knows some seconds later.
     * @throws {AppError} `upstream_unavailable` as long as it does not
     * @see https://github.com/GoHighLevel/highlevel-api-docs/issues/4
     */
    async setProviderStatus(locationId: string, messageId: string, status: ProviderStatus): Promise<void> {
      await client.call({
        owner: ownerOf(locationId),
        version,
        method: 'PUT',
        path: platformPath`/conversations/messages/${messageId}/status`,
        body: status,
        answer: nothing,
      })
    },

    /**
     * Puts a text into the contact's thread; the platform does not know a repeat by its `altId`.
     * @returns its id; null where nothing was put there
     */
    async addInbound(locationId: string, inbound: ProviderInboundText): Promise<string | null> {
      const { messageId } = await client.call({
        owner: ownerOf(locationId),
        version,
        method: 'POST',
        path: '/conversations/messages/inbound',
        body: { type: 'SMS', ...inbound },
        answer: inboundAnswer,
      })
      return messageId || null
    },
  }
}
