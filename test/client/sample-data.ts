import type { Contact } from '../../shared/contact-contract.ts'
import type { Conversation } from '../../shared/conversation-contract.ts'
import type { Message } from '../../shared/message-contract.ts'
import type { SessionAnswer } from '../../shared/session-contract.ts'
import type { Task } from '../../shared/task-contract.ts'
import type { TimelineItem, TimelineMessage } from '../../shared/timeline-contract.ts'

export const me = { id: 'user-me', name: 'Dana Whitfield', email: 'dana@example.com' }

export function sampleSession(changes: Partial<SessionAnswer> = {}): SessionAnswer {
  return {
    token: 'token-1',
    expiresAt: new Date(Date.now() + 15 * 60_000).toISOString(),
    user: { ...me, role: 'admin', assignedDataOnly: false },
    location: { id: 'location-1', name: 'Blue Mesa', timezone: 'America/Denver' },
    ...changes,
  }
}

export function sampleContact(changes: Partial<Contact> = {}): Contact {
  return {
    id: 'contact-1',
    name: 'Marisol Vega',
    firstName: 'Marisol',
    lastName: 'Vega',
    email: 'marisol@example.com',
    phone: '+13035550100',
    phoneDisplay: '(303) 555-0100',
    tags: ['vip'],
    dnd: false,
    assignedTo: null,
    companyName: null,
    timezone: null,
    smsDnd: { blocked: false, status: 'inactive', reason: null },
    source: null,
    dateAdded: null,
    customFields: [],
    ...changes,
  }
}

export function sampleConversation(number: number): Conversation {
  return {
    contactId: `contact-${number}`,
    name: `Contact ${number}`,
    phoneDisplay: null,
    lastMessageBody: 'Hello',
    lastMessageAt: '2026-11-20T10:00:00.000Z',
    lastMessageDirection: 'inbound',
    unreadCount: 0,
  }
}

export function sampleMessage(changes: Partial<Message> = {}): Message {
  return {
    id: 'message-new',
    contactId: 'contact-1',
    body: 'Hello',
    direction: 'outbound',
    status: 'delivered',
    at: '2026-11-21T10:00:00.000Z',
    ...changes,
  }
}

export function sampleTimelineMessage(changes: Partial<TimelineMessage> = {}): TimelineItem {
  return {
    kind: 'message',
    id: 'message-1',
    at: '2026-11-20T10:00:00.000Z',
    direction: 'inbound',
    body: 'Hi there',
    status: 'delivered',
    channel: 'SMS',
    userId: null,
    attachmentCount: 0,
    ...changes,
  }
}

export function sampleTask(changes: Partial<Task> = {}): Task {
  return {
    id: 'task-1',
    contactId: 'contact-1',
    title: 'Call back',
    body: '',
    dueDate: '2026-11-22T16:00:00.000Z',
    assignedTo: null,
    completed: false,
    ...changes,
  }
}
