import type { SandboxMessage } from '../state.ts'

/** A message as the lists and `GET /conversations/messages/{id}` tell it: why it failed is not among it. */
export function messageShape(message: SandboxMessage): Record<string, unknown> {
  const { id, conversationId, contactId, locationId, messageType, type, direction, status } = message
  const { body, source, dateAdded, userId, from, to, scheduledTimestamp, conversationProviderId } = message
  return {
    id,
    conversationId,
    contactId,
    locationId,
    messageType,
    type,
    direction,
    status,
    body,
    source,
    dateAdded,
    attachments: [...message.attachments],
    contentType: 'text/plain',
    ...(userId ? { userId } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(scheduledTimestamp === null ? {} : { scheduledTimestamp }),
    ...(conversationProviderId ? { conversationProviderId } : {}),
  }
}
