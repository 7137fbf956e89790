import { z } from 'zod'
import { type MessageStatus, messageStatuses } from '../../shared/message-contract.ts'
import type { TimelineAnswer, TimelineItem } from '../../shared/timeline-contract.ts'
import type { ContactAccess } from '../contacts/contact-access.ts'
import type { PlatformNote } from '../highlevel/contact-answers.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { ConversationsApi, PlatformMessage } from '../highlevel/conversations-api.ts'
import { decodeCursor, encodeCursor } from '../opaque-cursor.ts'
import type { Session } from '../session/session.ts'

export type TimelineService = ReturnType<typeof createTimelineService>

/** Where a page ended: the conversation, its last message shown, and the instant that splits the notes. */
const positionSchema = z.strictObject({
  conversationId: z.string(),
  lastMessageId: z.string(),
  notesBefore: z.string(),
})
type Position = z.infer<typeof positionSchema>

type MessagePage = {
  messages: PlatformMessage[]
  next: { conversationId: string; lastMessageId: string } | null
}

/** Of an item without a time: it sorts as the oldest. */
const timeless = new Date(0).toISOString()

const noMessages: MessagePage = { messages: [], next: null }

export function createTimelineService(parts: {
  contacts: ContactsApi
  conversations: ConversationsApi
  access: ContactAccess
}) {
  const { contacts, conversations, access } = parts

  async function firstMessages(session: Session, contactId: string, limit: number): Promise<MessagePage> {
    const found = await conversations.search(session.locationId, { contactId, limit: 1 })
    const conversation = found.conversations.find((candidate) => candidate.contactId === contactId)
    return conversation ? messagesOf(session, conversation.id, limit) : noMessages
  }

  async function messagesOf(
    session: Session,
    conversationId: string,
    limit: number,
    lastMessageId?: string,
  ): Promise<MessagePage> {
    const page = await conversations.listMessages(session.locationId, conversationId, {
      limit,
      ...(lastMessageId === undefined ? {} : { lastMessageId }),
    })
    const last = page.lastMessageId ?? page.messages.at(-1)?.id
    const more = page.nextPage && page.messages.length > 0 && last !== undefined
    return { messages: page.messages, next: more ? { conversationId, lastMessageId: last } : null }
  }

  /** Who may not see messages is shown the notes. */
  async function pageOf(
    session: Session,
    contactId: string,
    limit: number,
    position: Position | undefined,
  ): Promise<MessagePage> {
    if (!session.permissions.conversations) return noMessages
    return position
      ? messagesOf(session, position.conversationId, limit, position.lastMessageId)
      : firstMessages(session, contactId, limit)
  }

  /**
   * The cursor comes from outside: a conversation of another contact is not this one's timeline. Where messages do not
   * say whose they are, their conversation is looked up.
   */
  async function ownMessages(
    session: Session,
    contactId: string,
    messages: PlatformMessage[],
    position: Position | undefined,
  ): Promise<PlatformMessage[]> {
    const areAllNamed = messages.every((message) => message.contactId)
    const ownsConversation =
      position === undefined ||
      areAllNamed ||
      (await conversations.search(session.locationId, { contactId, limit: 20 })).conversations.some(
        (found) => found.id === position.conversationId && found.contactId === contactId,
      )
    return messages.filter((message) =>
      message.contactId ? message.contactId === contactId : ownsConversation,
    )
  }

  /**
   * Messages and notes of a contact, newest first. The platform pages messages and gives notes all at once, so each
   * page of messages takes the notes of its own stretch of time.
   */
  async function list(
    session: Session,
    contactId: string,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<TimelineAnswer> {
    const position = decodeCursor(query.cursor, (value) => positionSchema.parse(value))
    await access.ensure(session, contactId)
    const [page, notes] = await Promise.all([
      pageOf(session, contactId, query.limit, position),
      contacts.listNotes(session.locationId, contactId),
    ])
    const own = await ownMessages(session, contactId, page.messages, position)
    return merge(own, own.length > 0 ? page.next : null, notes, position)
  }

  return { list }
}

function merge(
  messages: PlatformMessage[],
  next: MessagePage['next'],
  notes: PlatformNote[],
  position: Position | undefined,
): TimelineAnswer {
  const messageItems = messages.map(toMessageItem)
  const times = messages.flatMap(({ dateAdded }) => dateAdded ?? []).sort()
  const oldest = times[0] ?? position?.notesBefore ?? ''
  const notesInPage = notes
    .map(toNoteItem)
    .filter(({ at }) => (!position || at < position.notesBefore) && (next === null || at >= oldest))
  const items = [...messageItems, ...notesInPage].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  return { items, nextCursor: next === null ? null : encodeCursor({ ...next, notesBefore: oldest }) }
}

const isMessageStatus = (status: string | null | undefined): status is MessageStatus =>
  messageStatuses.some((known) => known === status)

/** `TYPE_CUSTOM_PROVIDER_SMS` reads "SMS", `TYPE_INTERNAL_COMMENT` "Internal comment". */
function channelOf(messageType: string | null | undefined): string {
  const words = (messageType ?? 'TYPE_SMS')
    .replace(/^TYPE_/, '')
    .replace(/^(CAMPAIGN|CUSTOM_PROVIDER|CUSTOM)_/, '')
    .toLowerCase()
    .replaceAll('_', ' ')
  return /^(sms|rcs|gmb|ivr)\b/.test(words)
    ? words.replace(/^\w+/, (word) => word.toUpperCase())
    : words.replace(/^\w/, (letter) => letter.toUpperCase())
}

function toMessageItem(message: PlatformMessage): TimelineItem {
  return {
    kind: 'message',
    id: message.id,
    at: message.dateAdded ?? timeless,
    direction: message.direction ?? 'outbound',
    body: message.body ?? '',
    status: isMessageStatus(message.status) ? message.status : 'unknown',
    channel: channelOf(message.messageType),
    userId: message.userId ?? null,
    attachmentCount: message.attachments?.length ?? 0,
  }
}

function toNoteItem(note: PlatformNote): TimelineItem {
  return {
    kind: 'note',
    id: note.id,
    at: note.dateAdded ?? timeless,
    body: note.body ?? '',
    userId: note.userId ?? null,
  }
}
