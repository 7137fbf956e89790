import type { SandboxContact, SandboxMessage, SandboxNote, SandboxTask } from '../state.ts'
import type { PlatformEvent } from './webhook-sender.ts'

type ContactEventType =
  'ContactCreate' | 'ContactUpdate' | 'ContactDelete' | 'ContactTagUpdate' | 'ContactDndUpdate'

/** Only a DND event tells the settings; what is unset is left out. */
export function contactEvent(type: ContactEventType, contact: SandboxContact): PlatformEvent {
  return {
    type,
    locationId: contact.locationId,
    id: contact.id,
    ...(contact.companyName ? { companyName: contact.companyName } : {}),
    ...(contact.country ? { country: contact.country } : {}),
    ...(contact.source ? { source: contact.source } : {}),
    ...(contact.timezone ? { timezone: contact.timezone } : {}),
    dateAdded: contact.dateAdded,
    dnd: contact.dnd,
    ...(type === 'ContactDndUpdate' ? { dndSettings: contact.dndSettings } : {}),
    ...(contact.email ? { email: contact.email } : {}),
    name: `${contact.firstName} ${contact.lastName}`.trim(),
    firstName: contact.firstName,
    lastName: contact.lastName,
    ...(contact.phone ? { phone: contact.phone } : {}),
    tags: [...contact.tags],
    attachments: [],
    ...(contact.assignedTo ? { assignedTo: contact.assignedTo } : {}),
    customFields: structuredClone(contact.customFields),
  }
}

export function taskEvent(
  type: 'TaskCreate' | 'TaskComplete' | 'TaskDelete',
  task: SandboxTask,
  shape: 'as seen' | 'documented',
): PlatformEvent {
  const complete = type !== 'TaskCreate' || shape === 'documented'
  return {
    type,
    locationId: task.locationId,
    id: task.id,
    title: task.title,
    ...(task.assignedTo ? { assignedTo: task.assignedTo } : {}),
    dueDate: task.dueDate,
    dateAdded: task.dateAdded,
    ...(complete ? { body: task.body, contactId: task.contactId } : {}),
  }
}

/** Tells neither author nor title. */
export function noteEvent(
  type: 'NoteCreate' | 'NoteUpdate' | 'NoteDelete',
  note: SandboxNote,
  locationId: string,
): PlatformEvent {
  const { id, body, contactId, dateAdded } = note
  return { type, locationId, id, body, contactId, dateAdded }
}

export function messageEvent(message: SandboxMessage): PlatformEvent {
  return {
    type: message.direction === 'inbound' ? 'InboundMessage' : 'OutboundMessage',
    locationId: message.locationId,
    attachments: [...message.attachments],
    body: message.body,
    contactId: message.contactId,
    contentType: 'text/plain',
    conversationId: message.conversationId,
    dateAdded: message.dateAdded,
    direction: message.direction,
    messageType: message.messageType.replace(/^TYPE_/, ''),
    messageTypeId: message.type,
    messageTypeString: message.messageType,
    messageId: message.id,
    status: message.status,
    ...(message.direction === 'outbound' ? { source: message.source } : {}),
    ...(message.userId ? { userId: message.userId } : {}),
    ...(message.conversationProviderId ? { conversationProviderId: message.conversationProviderId } : {}),
    ...(message.from ? { from: message.from } : {}),
    ...(message.to ? { to: message.to } : {}),
  }
}
