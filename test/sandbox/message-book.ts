import type { EndpointParts } from './endpoint.ts'
import type { SandboxContact, SandboxConversation, SandboxMessage } from './state.ts'

/** Writes messages into the conversation of a contact, which begins with the first. */
export function createMessageBook({
  state,
  clock,
  random,
}: Pick<EndpointParts, 'state' | 'clock' | 'random'>): {
  /** A text that went out by the API, unless the fields say otherwise. */
  add(contact: SandboxContact, fields: Partial<SandboxMessage>): SandboxMessage
} {
  const now = () => new Date(clock.now()).toISOString()

  const conversationOf = (contact: SandboxContact): SandboxConversation => {
    const known = state.conversations.find(({ contactId }) => contactId === contact.id)
    if (known) return known
    const { id: contactId, locationId } = contact
    const conversation = { id: random.id(), contactId, locationId, unreadCount: 0, lastMessageDate: now() }
    state.conversations.push(conversation)
    return conversation
  }

  const add = (contact: SandboxContact, fields: Partial<SandboxMessage>): SandboxMessage => {
    const conversation = conversationOf(contact)
    const message: SandboxMessage = {
      id: random.id(),
      conversationId: conversation.id,
      contactId: contact.id,
      locationId: contact.locationId,
      messageType: 'TYPE_SMS',
      type: 2,
      direction: 'outbound',
      status: 'pending',
      body: '',
      attachments: [],
      source: 'api',
      userId: null,
      from: null,
      to: null,
      dateAdded: now(),
      scheduledTimestamp: null,
      conversationProviderId: null,
      handedOverAtMs: null,
      providerError: null,
      ...fields,
    }
    state.messages.push(message)
    if (message.dateAdded > conversation.lastMessageDate) conversation.lastMessageDate = message.dateAdded
    conversation.unreadCount = message.direction === 'inbound' ? conversation.unreadCount + 1 : 0
    return message
  }

  return { add }
}
