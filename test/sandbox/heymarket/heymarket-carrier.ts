import { phoneEndings } from '../message-carrier.ts'
import type { Scheduler } from '../scheduler.ts'
import { addContact, changeContact, contactByPhone } from './heymarket-contact-book.ts'
import type { HeymarketBehaviour } from './heymarket-parts.ts'
import { messageShape } from './heymarket-shapes.ts'
import type { HeymarketStamps } from './heymarket-stamps.ts'
import type {
  HeymarketState,
  HeymarketStoredConversation,
  HeymarketStoredMessage,
} from './heymarket-state.ts'
import type { HeymarketWebhooks } from './heymarket-webhooks.ts'

/** @see https://help.heymarket.com/hc/en-us/articles/17395258653581 Any case, spaces ignored. */
const stopWords = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit'])
const startWords = new Set(['start', 'yes', 'unstop'])

export type HeymarketTextOrder = {
  inboxId: number
  creatorId: number
  /** Digits without `+`. */
  phone: string
  text: string
  media: string
  localId: string
  isPrivate: boolean
}

export type HeymarketCarrier = {
  send(order: HeymarketTextOrder): HeymarketStoredMessage
  /** What a person there writes in Heymarket itself. */
  sendByMember(inboxId: number, phone: string, text: string): HeymarketStoredMessage
  receive(inboxId: number, phone: string, text: string, media?: string): HeymarketStoredMessage
  setStatus(message: HeymarketStoredMessage, status: string): void
  conversationWith(inboxId: number, phone: string): HeymarketStoredConversation
}

export function createHeymarketCarrier(parts: {
  state: HeymarketState
  stamps: HeymarketStamps
  behaviour: HeymarketBehaviour
  scheduler: Scheduler
  webhooks: HeymarketWebhooks
}): HeymarketCarrier {
  const { state, stamps, behaviour, scheduler, webhooks } = parts
  const words = behaviour.statusWords

  function conversationWith(inboxId: number, phone: string): HeymarketStoredConversation {
    const known = state.conversations.find(({ inbox, target }) => inbox === inboxId && target === phone)
    if (known) return known
    const at = stamps.next()
    const conversation = {
      id: state.nextId(),
      inbox: inboxId,
      target: phone,
      status: 'open',
      last_inbound: null,
      created: at,
      updated: at,
    }
    state.conversations.push(conversation)
    return conversation
  }

  function add(
    inboxId: number,
    phone: string,
    fields: Pick<HeymarketStoredMessage, 'text' | 'status'> & Partial<HeymarketStoredMessage>,
  ): HeymarketStoredMessage {
    const conversation = conversationWith(inboxId, phone)
    const at = stamps.next()
    const message: HeymarketStoredMessage = {
      id: state.nextId(),
      conversationId: conversation.id,
      type: 'sms',
      date: at,
      phone,
      target: phone,
      user: 0,
      media: '',
      local_id: '',
      isPrivate: false,
      ...fields,
      updated: at,
    }
    conversation.updated = at
    if (message.user === 0) conversation.last_inbound = at
    state.messages.push(message)
    return message
  }

  function setStatus(message: HeymarketStoredMessage, status: string): void {
    message.status = status
    message.updated = stamps.next()
  }

  function progress(message: HeymarketStoredMessage): void {
    const { sent, settled } = behaviour.statusDelaysMs
    const fails = [phoneEndings.failed, phoneEndings.undelivered].some((ending) =>
      message.phone.endsWith(ending),
    )
    scheduler.after(sent, () => {
      if (message.status !== words.accepted) return
      setStatus(message, words.sent)
      scheduler.after(settled, () => {
        if (message.status === words.sent) setStatus(message, fails ? words.failed : words.delivered)
      })
    })
  }

  function obeyWord(phone: string, text: string): void {
    const word = text.replaceAll(/\s/g, '').toLowerCase()
    const contact = contactByPhone(state, phone)
    const isStop = stopWords.has(word)
    if (!contact || (!isStop && !startWords.has(word)) || contact.is_opted_out === isStop) return
    changeContact(parts, contact, { is_opted_out: isStop })
    // The object's fields are not documented.
    webhooks.fire(isStop ? 'target_opt_out' : 'target_opt_in', { target: phone, date: stamps.next() })
  }

  return {
    conversationWith,
    setStatus,
    send({ inboxId, creatorId, phone, text, media, localId, isPrivate }) {
      const message = add(inboxId, phone, {
        text,
        media,
        status: words.accepted,
        user: creatorId,
        local_id: localId,
        isPrivate,
      })
      if (!isPrivate) progress(message)
      if (behaviour.tellsApiSends) webhooks.fire('message_sent', messageShape(parts, message))
      return message
    },
    sendByMember(inboxId, phone, text) {
      const user = state.inboxes.find(({ id }) => id === inboxId)?.members[0] ?? 0
      const message = add(inboxId, phone, { text, status: words.accepted, user })
      progress(message)
      webhooks.fire('message_sent', messageShape(parts, message))
      return message
    },
    receive(inboxId, phone, text, media = '') {
      if (!contactByPhone(state, phone)) addContact(parts, { phone })
      const message = add(inboxId, phone, { text, media, status: words.received })
      webhooks.fire('message_recieved', messageShape(parts, message))
      obeyWord(phone, text)
      return message
    },
  }
}
