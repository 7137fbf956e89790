import { z } from 'zod'
import { filledText, parseStrictly, queryNumber } from '../body-rules.ts'
import { param, requireLocation, type ApiCall, type Endpoint, type EndpointParts } from '../endpoint.ts'
import { notFound, refuse } from '../platform-error.ts'
import type { SandboxConversation, SandboxMessage } from '../state.ts'
import { messageShape } from './message-shape.ts'

const messageTypes = z.enum(['TYPE_SMS', 'TYPE_EMAIL', 'TYPE_CALL', 'TYPE_WHATSAPP', 'TYPE_LIVE_CHAT'])

const searchQuery = z.strictObject({
  locationId: filledText,
  contactId: z.string().optional(),
  assignedTo: z.string().optional(),
  query: z.string().optional(),
  id: z.string().optional(),
  sort: z.enum(['asc', 'desc']).default('desc'),
  sortBy: z
    .enum(['last_manual_message_date', 'last_message_date', 'score_profile'])
    .default('last_message_date'),
  startAfterDate: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: queryNumber(1, 100).default(20),
  lastMessageType: messageTypes.optional(),
  lastMessageDirection: z.enum(['inbound', 'outbound']).optional(),
  status: z.enum(['all', 'read', 'unread', 'starred', 'recents']).default('all'),
  startDate: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  endDate: queryNumber(0, Number.MAX_SAFE_INTEGER).optional(),
})
type SearchQuery = z.infer<typeof searchQuery>

const messagesQuery = z.strictObject({
  lastMessageId: z.string().optional(),
  limit: queryNumber(1, 100).default(20),
  type: z.string().optional(),
})

const conversations = { version: '2021-04-15', method: 'GET', holders: ['location'], body: 'none' } as const

/** Sorts and pages by the last message's time in milliseconds. */
const sortValue = ({ lastMessageDate }: SandboxConversation) => Date.parse(lastMessageDate)

export function createConversationEndpoints(parts: EndpointParts): Endpoint[] {
  const { state, behaviour } = parts

  const conversationOf = (call: ApiCall): SandboxConversation => {
    const id = param(call, 'conversationId')
    const conversation = state.conversations.find((one) => one.id === id)
    if (!conversation) throw notFound('Conversation', id)
    requireLocation(parts, call, conversation.locationId)
    return conversation
  }

  /** Newest first; a scheduled text stands in the thread as well. */
  const messagesOf = ({ id }: SandboxConversation): SandboxMessage[] =>
    state.messages
      .filter(({ conversationId }) => conversationId === id)
      .toReversed()
      .sort((one, other) => other.dateAdded.localeCompare(one.dateAdded))

  const shape = (
    conversation: SandboxConversation,
    last: SandboxMessage | undefined,
  ): Record<string, unknown> => {
    const contact = state.contacts.find(({ id }) => id === conversation.contactId)
    const fullName = contact ? `${contact.firstName} ${contact.lastName}`.trim() : ''
    return {
      id: conversation.id,
      locationId: conversation.locationId,
      contactId: conversation.contactId,
      fullName,
      contactName: fullName,
      email: contact?.email ?? '',
      phone: contact?.phone ?? '',
      ...(contact?.assignedTo ? { assignedTo: contact.assignedTo } : {}),
      tags: contact?.tags ?? [],
      type: 'TYPE_PHONE',
      unreadCount: conversation.unreadCount,
      lastMessageBody: last?.body ?? '',
      lastMessageType: last?.messageType ?? 'TYPE_SMS',
      lastMessageDirection: last?.direction,
      lastMessageDate: sortValue(conversation),
      dateUpdated: sortValue(conversation),
      sort: [sortValue(conversation)],
    }
  }

  const matches = (
    conversation: SandboxConversation,
    last: SandboxMessage | undefined,
    query: SearchQuery,
  ): boolean => {
    const contact = state.contacts.find(({ id }) => id === conversation.contactId)
    const names =
      `${contact?.firstName} ${contact?.lastName} ${contact?.email} ${contact?.phone}`.toLowerCase()
    return (
      conversation.locationId === query.locationId &&
      (query.contactId ?? conversation.contactId) === conversation.contactId &&
      (query.id ?? conversation.id) === conversation.id &&
      (!query.assignedTo || contact?.assignedTo === query.assignedTo) &&
      (!query.query || names.includes(query.query.toLowerCase())) &&
      (!query.lastMessageDirection || last?.direction === query.lastMessageDirection) &&
      (!query.lastMessageType || last?.messageType === query.lastMessageType) &&
      (query.status !== 'unread' || conversation.unreadCount > 0) &&
      (query.status !== 'read' || conversation.unreadCount === 0) &&
      sortValue(conversation) >= (query.startDate ?? 0) &&
      sortValue(conversation) <= (query.endDate ?? Infinity)
    )
  }

  return [
    {
      ...conversations,
      path: '/conversations/search',
      scope: 'conversations.readonly',
      handle(call) {
        const query = parseStrictly(searchQuery, call.query)
        requireLocation(parts, call, query.locationId)
        const sign = query.sort === 'asc' ? 1 : -1
        const last = lastMessages(state.messages)
        const found = state.conversations
          .filter((conversation) => matches(conversation, last.get(conversation.id), query))
          .sort((one, other) => sign * (sortValue(one) - sortValue(other)))
        const { startAfterDate: after } = query
        const rest = after === undefined ? found : found.filter((one) => sign * (sortValue(one) - after) > 0)
        const page = rest
          .slice(0, query.limit)
          .map((conversation) => shape(conversation, last.get(conversation.id)))
        return { status: 200, body: { conversations: page, total: found.length } }
      },
    },
    {
      ...conversations,
      path: '/conversations/:conversationId',
      scope: 'conversations.readonly',
      handle(call) {
        const { id, contactId, locationId, unreadCount } = conversationOf(call)
        const fixed = { deleted: false, inbox: unreadCount > 0, type: 1, starred: false }
        return { status: 200, body: { id, contactId, locationId, unreadCount, ...fixed } }
      },
    },
    {
      ...conversations,
      path: '/conversations/:conversationId/messages',
      scope: 'conversations/message.readonly',
      handle(call) {
        const { lastMessageId, limit, type } = parseStrictly(messagesQuery, call.query)
        const all = messagesOf(conversationOf(call)).filter(
          ({ messageType }) => (type ?? messageType) === messageType,
        )
        const at = all.findIndex(({ id }) => id === lastMessageId)
        if (lastMessageId !== undefined && at === -1)
          throw refuse(400, `Message with id ${lastMessageId} not found`)
        const page = all.slice(at + 1, at + 1 + limit)
        const list = {
          lastMessageId: page.at(-1)?.id ?? lastMessageId ?? '',
          nextPage: at + 1 + limit < all.length,
          messages: page.map(messageShape),
        }
        return { status: 200, body: behaviour.messagesShape === 'nested' ? { messages: list } : list }
      },
    },
  ]
}

/** The newest message of each conversation. */
function lastMessages(messages: readonly SandboxMessage[]): Map<string, SandboxMessage> {
  const last = new Map<string, SandboxMessage>()
  for (const message of messages) {
    const known = last.get(message.conversationId)
    if (!known || message.dateAdded >= known.dateAdded) last.set(message.conversationId, message)
  }
  return last
}
