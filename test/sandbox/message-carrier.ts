import type { EndpointParts } from './endpoint.ts'
import { refuse } from './platform-error.ts'
import type { SandboxContact, SandboxConversation, SandboxMessage, SandboxMessageStatus } from './state.ts'
import { contactEvent, messageEvent } from './webhooks/record-events.ts'

/** Texts to numbers with these endings do not arrive; to the last, they are not even taken. */
export const phoneEndings = { undelivered: '0197', failed: '0198', unsubscribed: '0199' } as const

const stopWords = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit'])

export type TextOrder = {
  contact: SandboxContact
  body: string
  attachments: string[]
  from: string | null
  /** Seconds since 1970. */
  scheduledTimestamp: number | null
}

/** What happens to texts between the platform and the contact's phone. */
export type MessageCarrier = {
  /** Takes a text: pending (or scheduled), then sent, then delivered or not, each told by an event. */
  send(order: TextOrder): SandboxMessage
  setStatus(message: SandboxMessage, status: SandboxMessageStatus): void
  /** A text from the contact; STOP words set do-not-disturb. */
  receive(contact: SandboxContact, body: string): SandboxMessage
  /** Listens to each text that was delivered. */
  onDelivered(listener: (message: SandboxMessage) => void): void
}

export function createMessageCarrier(parts: EndpointParts): MessageCarrier {
  const { state, clock, random, behaviour, scheduler, emit } = parts
  const listeners = new Set<(message: SandboxMessage) => void>()
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
      ...fields,
    }
    state.messages.push(message)
    conversation.lastMessageDate = message.dateAdded
    conversation.unreadCount = message.direction === 'inbound' ? conversation.unreadCount + 1 : 0
    return message
  }

  const setStatus = (message: SandboxMessage, status: SandboxMessageStatus) => {
    if (!state.messages.includes(message) || message.status === status) return
    message.status = status
    emit(messageEvent(message))
    if (status === 'delivered') for (const listener of listeners) listener(message)
  }

  const progress = (message: SandboxMessage) => {
    const { sent, settled } = behaviour.statusDelaysMs
    const ending = (message.to ?? '').slice(-4)
    const last =
      ending === phoneEndings.failed
        ? 'failed'
        : ending === phoneEndings.undelivered
          ? 'undelivered'
          : 'delivered'
    scheduler.after(sent, () => {
      if (message.status !== 'pending') return
      setStatus(message, 'sent')
      scheduler.after(settled, () => message.status === 'sent' && setStatus(message, last))
    })
  }

  /** A text planned for later leaves when the clock comes there, unless it was cancelled. */
  const plan = (message: SandboxMessage, dueMs: number) => {
    const leave = () => {
      if (message.status !== 'scheduled') return
      setStatus(message, 'pending')
      progress(message)
    }
    scheduler.after(dueMs - clock.now(), leave, { settles: false })
  }

  return {
    send({ contact, body, attachments, from, scheduledTimestamp }) {
      const status = scheduledTimestamp === null ? 'pending' : 'scheduled'
      const message = add(contact, { body, attachments, from, to: contact.phone, scheduledTimestamp, status })
      emit(messageEvent(message))
      if (scheduledTimestamp === null) progress(message)
      else plan(message, scheduledTimestamp * 1000)
      return message
    },
    setStatus,
    receive(contact, body) {
      const number = state.phoneNumbers.find(
        ({ locationId, isDefault }) => locationId === contact.locationId && isDefault,
      )
      const to = number?.phoneNumber ?? null
      const message = add(contact, {
        body,
        direction: 'inbound',
        status: 'delivered',
        from: contact.phone,
        to,
      })
      emit(messageEvent(message))
      if (stopWords.has(body.trim().toLowerCase()) && contact.dndSettings.SMS?.status !== 'permanent') {
        contact.dndSettings = { ...contact.dndSettings, SMS: { status: 'active', message: 'STOP received' } }
        contact.dateUpdated = now()
        emit(contactEvent('ContactDndUpdate', contact))
      }
      return message
    },
    onDelivered: (listener) => void listeners.add(listener),
  }
}

/** @throws {PlatformError} 400, in the platform's words, when the contact may not or cannot be texted */
export function requireTextable(contact: SandboxContact, toNumber = contact.phone): void {
  if (!toNumber) throw refuse(400, 'Missing phone number')
  if (contact.dnd) throw refuse(400, 'Cannot send message as DND is active')
  const sms = contact.dndSettings.SMS?.status
  if (sms === 'active' || sms === 'permanent')
    throw refuse(400, 'Cannot send message as DND is active for SMS.')
  if (toNumber.endsWith(phoneEndings.unsubscribed)) {
    throw refuse(400, `Cannot send message as ${toNumber} has unsubscribed`)
  }
}
