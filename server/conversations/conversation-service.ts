import { z } from 'zod'
import type {
  Conversation,
  ConversationListAnswer,
  ConversationListQuery,
} from '../../shared/conversation-contract.ts'
import type { ContactListAnswer, ContactListQuery } from '../../shared/contact-contract.ts'
import type { ConversationsApi, PlatformConversation } from '../highlevel/conversations-api.ts'
import { decodeCursor, encodeCursor } from '../opaque-cursor.ts'
import { displayPhone } from '../phone-display.ts'
import { requirePermission } from '../rights.ts'
import type { Session } from '../session/session.ts'
import type { RecentConversations } from './recent-conversations.ts'

export type ConversationService = ReturnType<typeof createConversationService>

/** The platform pages by the sort value (epoch ms of the last message) of the last conversation shown. */
const positionSchema = z.strictObject({ before: z.number() })

export function createConversationService(parts: {
  conversations: Pick<ConversationsApi, 'search'>
  recent: Pick<RecentConversations, 'list'>
  listContacts: (session: Session, query: ContactListQuery) => Promise<ContactListAnswer>
}) {
  const { conversations, recent, listContacts } = parts

  /**
   * The latest conversations of the location. The platform cannot list those of one user's contacts, so a user who
   * sees assigned data only gets their own contacts instead, without last messages; so does who may not see messages.
   */
  async function list(session: Session, query: ConversationListQuery): Promise<ConversationListAnswer> {
    requirePermission(session, 'contacts')
    if (session.assignedDataOnly || !session.permissions.conversations) return listOwn(session, query)
    const position = decodeCursor(query.cursor, (value) => positionSchema.parse(value))
    const found = position
      ? await listBefore(session.locationId, position.before, query.limit)
      : await recent.list(session.locationId, query.limit)
    const last = found.at(-1)?.lastMessageDate
    const more = found.length === query.limit && last !== undefined && last !== null
    return {
      conversations: found.map(toConversation),
      nextCursor: more ? encodeCursor({ before: last }) : null,
    }
  }

  async function listBefore(
    locationId: string,
    startAfterDate: number,
    limit: number,
  ): Promise<PlatformConversation[]> {
    const search = { limit, startAfterDate, sortBy: 'last_message_date', sort: 'desc' } as const
    return (await conversations.search(locationId, search)).conversations
  }

  async function listOwn(session: Session, query: ConversationListQuery): Promise<ConversationListAnswer> {
    const own = await listContacts(session, query)
    return {
      conversations: own.contacts.map(({ id, name, phoneDisplay }) => ({
        contactId: id,
        name,
        phoneDisplay,
        lastMessageBody: null,
        lastMessageAt: null,
        lastMessageDirection: null,
        unreadCount: 0,
      })),
      nextCursor: own.nextCursor,
    }
  }

  return { list }
}

function toConversation(conversation: PlatformConversation): Conversation {
  const { lastMessageDate, lastMessageDirection } = conversation
  return {
    contactId: conversation.contactId,
    name:
      conversation.fullName?.trim() ||
      conversation.contactName?.trim() ||
      conversation.email?.trim() ||
      displayPhone(conversation.phone) ||
      'Unnamed contact',
    phoneDisplay: displayPhone(conversation.phone),
    lastMessageBody: conversation.lastMessageBody?.trim() || null,
    lastMessageAt: typeof lastMessageDate === 'number' ? new Date(lastMessageDate).toISOString() : null,
    lastMessageDirection: lastMessageDirection ?? null,
    unreadCount: conversation.unreadCount ?? 0,
  }
}
