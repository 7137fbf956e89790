import type { ConversationProviders } from './conversation-providers.ts'
import type { EndpointParts } from './endpoint.ts'
import { createMessageBook } from './message-book.ts'
import { refuse } from './platform-error.ts'
import type {
  SandboxContact,
  SandboxConversationProvider,
  SandboxMessage,
  SandboxMessageStatus,
} from './state.ts'
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
  /** Null: the location's own numbers. */
  provider: SandboxConversationProvider | null
  /** Who typed it into the CRM's own thread; unset for a text that an app sent. */
  userId?: string
}

/** A text that a conversation provider received. */
export type ProviderReply = {
  contact: SandboxContact
  body: string
  attachments: string[]
  provider: SandboxConversationProvider
  /** ISO 8601; default: now. */
  date?: string | undefined
}

/** What happens to texts between the platform and the contact's phone. */
export type MessageCarrier = {
  /** Takes a text: pending (or scheduled), then sent, then delivered or not, each told by an event. */
  send(order: TextOrder): SandboxMessage
  setStatus(message: SandboxMessage, status: SandboxMessageStatus): void
  /** Into the thread as it came: STOP words are the provider's own affair. */
  receiveByProvider(reply: ProviderReply): SandboxMessage
  /** A text from the contact; STOP words set do-not-disturb. */
  receive(contact: SandboxContact, body: string): SandboxMessage
  /** Listens to each text that was delivered. */
  onDelivered(listener: (message: SandboxMessage) => void): void
}

/** A custom provider's texts stand in a channel of their own. */
const channelOf = (provider: SandboxConversationProvider | null) =>
  provider?.isCustom ? { messageType: 'TYPE_CUSTOM_PROVIDER_SMS', type: 22 } : {}

export function createMessageCarrier(
  parts: EndpointParts & { providers: Pick<ConversationProviders, 'handOver'> },
): MessageCarrier {
  const { state, clock, behaviour, scheduler, emit, providers } = parts
  const { add } = createMessageBook(parts)
  const listeners = new Set<(message: SandboxMessage) => void>()
  const now = () => new Date(clock.now()).toISOString()

  const setStatus = (message: SandboxMessage, status: SandboxMessageStatus) => {
    if (!state.messages.includes(message) || message.status === status) return
    message.status = status
    emit(messageEvent(message))
    if (status === 'delivered') for (const listener of listeners) listener(message)
  }

  const leave = (message: SandboxMessage) => {
    if (message.conversationProviderId) return providers.handOver(message)
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
    const due = () => {
      if (message.status !== 'scheduled') return
      setStatus(message, 'pending')
      leave(message)
    }
    scheduler.after(dueMs - clock.now(), due, { settles: false })
  }

  return {
    send({ contact, provider, userId, scheduledTimestamp, ...text }) {
      const message = add(contact, {
        ...text,
        ...channelOf(provider),
        ...(userId ? { userId, source: 'app' as const } : {}),
        to: contact.phone,
        scheduledTimestamp,
        status: scheduledTimestamp === null ? 'pending' : 'scheduled',
        conversationProviderId: provider?.id ?? null,
      })
      emit(messageEvent(message))
      if (scheduledTimestamp === null) leave(message)
      else plan(message, scheduledTimestamp * 1000)
      return message
    },
    setStatus,
    receiveByProvider({ contact, body, attachments, provider, date }) {
      const message = add(contact, {
        body,
        attachments,
        ...channelOf(provider),
        direction: 'inbound',
        status: 'delivered',
        from: contact.phone,
        conversationProviderId: provider.id,
        ...(date === undefined ? {} : { dateAdded: new Date(date).toISOString() }),
      })
      emit(messageEvent(message))
      return message
    },
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
