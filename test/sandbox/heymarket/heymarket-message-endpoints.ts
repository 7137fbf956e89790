import { z } from 'zod'
import { contactByPhone } from './heymarket-contact-book.ts'
import {
  type HeymarketEndpoint,
  type HeymarketEndpointParts,
  heymarketPageSize,
} from './heymarket-endpoint.ts'
import { badData, HeymarketRefusal, phoneDigits, readBody } from './heymarket-gate.ts'
import { messageShape } from './heymarket-shapes.ts'
import { normalStamp, shownStamp } from './heymarket-stamps.ts'
import type { HeymarketStoredMessage } from './heymarket-state.ts'

const stamp = z.string().transform((text, context) => {
  const normal = normalStamp(text)
  if (normal === undefined) context.addIssue('is no time')
  return normal ?? ''
})

/** Of the ways to address and to say something, those that it can act out. */
const sendSchema = z.strictObject({
  inbox_id: z.int(),
  creator_id: z.int(),
  phone_number: phoneDigits.optional(),
  chat_id: z.int().optional(),
  text: z.string().min(1).optional(),
  media_url: z.url({ protocol: /^https?$/ }).optional(),
  local_id: z.string().min(1).optional(),
  private: z.boolean().optional(),
})

const allSchema = z.strictObject({
  created_at: stamp.optional(),
  order: z.enum(['created_at', 'updated_at']).default('created_at'),
  ascending: z.boolean().default(false),
  limit: z.int().min(1).max(heymarketPageSize).default(heymarketPageSize),
})

const historySchema = z.strictObject({
  phoneNumber: phoneDigits,
  inboxID: z.string().regex(/^\d+$/).transform(Number),
  timestamp: z.string().regex(/^\d+$/).transform(Number).optional(),
})

export function createHeymarketMessageEndpoints(parts: HeymarketEndpointParts): HeymarketEndpoint[] {
  const { state, carrier, behaviour } = parts

  function send(body: unknown) {
    const given = readBody(sendSchema, body)
    if ((given.phone_number === undefined) === (given.chat_id === undefined)) throw badData('one target')
    if (given.text === undefined && given.media_url === undefined) throw badData('no content')
    const inbox = state.inboxes.find(({ id }) => id === given.inbox_id)
    if (!inbox) throw badData('inbox_id')
    if (!inbox.members.includes(given.creator_id)) throw new HeymarketRefusal(403, '"not a member"')
    const chat = state.conversations.find(({ id }) => id === given.chat_id)
    if (given.chat_id !== undefined && chat?.inbox !== inbox.id) throw badData('chat_id')
    if (given.private && !chat) throw badData('a comment needs a conversation')
    const phone = chat?.target ?? given.phone_number ?? ''
    const contact = contactByPhone(state, phone)
    if (!given.private && (contact?.is_opted_out || contact?.is_blocked)) {
      throw new HeymarketRefusal(400, 'unsubscribed_number')
    }
    const message = carrier.send({
      inboxId: inbox.id,
      creatorId: given.creator_id,
      phone,
      text: given.text ?? '',
      media: given.media_url ?? '',
      // A repeat with the same one goes out again: only for lists is it known to be dropped.
      localId: given.local_id ?? '',
      isPrivate: given.private ?? false,
    })
    return { id: message.id, date: shownStamp(message.date, behaviour), gallery_url: '' }
  }

  /** Which way `created_at` looks, its documents tell in two ways; here it follows the order and is part of it. */
  function all(body: unknown) {
    const { created_at: from, order, ascending, limit } = readBody(allSchema, body)
    const timeOf = (message: HeymarketStoredMessage) =>
      order === 'updated_at' ? message.updated : message.date
    const isBefore = (a: string, b: string) => (ascending ? a < b : a > b)
    const shown = (stamp: string) => shownStamp(stamp, behaviour)
    return state.messages
      .filter((message) => from === undefined || !isBefore(shown(timeOf(message)), shown(from)))
      .sort((a, b) => (isBefore(timeOf(a), timeOf(b)) ? -1 : 1))
      .slice(0, limit)
      .map((message) => messageShape(parts, message))
  }

  function history(query: unknown) {
    const { phoneNumber, inboxID, timestamp } = readBody(historySchema, query)
    const chat = state.conversations.find(({ inbox, target }) => inbox === inboxID && target === phoneNumber)
    const beforeMs = timestamp === undefined ? Infinity : timestamp * 1000
    return state.messages
      .filter(({ conversationId, date }) => conversationId === chat?.id && Date.parse(date) < beforeMs)
      .slice(-50)
      .toReversed()
      .map((message) => messageShape(parts, message))
  }

  return [
    { method: 'POST', path: '/v1/message/send', handle: ({ body }) => send(body) },
    { method: 'POST', path: '/v1/messages/all', handle: ({ body }) => all(body) },
    { method: 'GET', path: '/v1/messages', handle: ({ query }) => history(query) },
  ]
}
