import { parseStrictly } from '../body-rules.ts'
import type { ConversationProviders } from '../conversation-providers.ts'
import {
  contactOf,
  param,
  requireLocation,
  type ApiCall,
  type Endpoint,
  type EndpointParts,
} from '../endpoint.ts'
import { requireTextable, type MessageCarrier } from '../message-carrier.ts'
import { notFound, refuse } from '../platform-error.ts'
import type { SandboxMessage } from '../state.ts'
import { sendBody } from './message-bodies.ts'
import { messageShape } from './message-shape.ts'

const maxTextLength = 1600
/** Above this a time is in milliseconds: the year would be past 2286. */
const latestSeconds = 9_999_999_999

const read = {
  version: '2021-04-15',
  scope: 'conversations/message.readonly',
  holders: ['location'],
  body: 'none',
} as const
const write = {
  version: '2021-04-15',
  scope: 'conversations/message.write',
  holders: ['location'],
  body: 'json',
} as const

export function createMessageEndpoints(
  parts: EndpointParts & { carrier: MessageCarrier; providers: ConversationProviders },
): Endpoint[] {
  const { state, clock, carrier, providers } = parts

  const messageOf = (call: ApiCall): SandboxMessage => {
    const id = param(call, 'messageId')
    const message = state.messages.find((one) => one.id === id)
    if (!message) throw notFound('Message', id)
    requireLocation(parts, call, message.locationId)
    return message
  }

  const senderOf = (locationId: string, fromNumber: string | undefined): string => {
    const numbers = state.phoneNumbers.filter((number) => number.locationId === locationId)
    const chosen = numbers.find(({ phoneNumber, isDefault }) =>
      fromNumber ? phoneNumber === fromNumber : isDefault,
    )
    if (!chosen) throw refuse(400, 'The from number does not belong to this location')
    return chosen.phoneNumber
  }

  const requireTime = (scheduledTimestamp: number | undefined) => {
    if (scheduledTimestamp === undefined) return
    if (scheduledTimestamp > latestSeconds) throw refuse(422, ['scheduledTimestamp must be in seconds'])
    if (scheduledTimestamp * 1000 <= clock.now()) throw refuse(400, 'Scheduled time must be in the future')
  }

  const send = (call: ApiCall) => {
    const {
      type,
      contactId,
      message = '',
      attachments = [],
      fromNumber,
      toNumber,
      scheduledTimestamp,
      conversationProviderId,
    } = parseStrictly(sendBody, call.body)
    if (type !== 'SMS') throw refuse(400, `The sandbox has no channel ${type}`)
    const contact = contactOf(parts, call, contactId)
    const location = state.locations.find(({ id }) => id === contact.locationId)
    if (!location?.active) throw refuse(400, 'Location is not active')
    if (message.trim() === '' && attachments.length === 0)
      throw refuse(400, 'There is no message or attachments for this message. Skip sending.')
    if (message.length > maxTextLength)
      throw refuse(400, `Message is longer than ${maxTextLength} characters`)
    requireTextable(contact, toNumber ?? contact.phone)
    requireTime(scheduledTimestamp)
    const provider = providers.carrierOf(contact.locationId, conversationProviderId)
    return carrier.send({
      contact,
      body: message,
      attachments,
      from: provider ? null : senderOf(contact.locationId, fromNumber),
      scheduledTimestamp: scheduledTimestamp ?? null,
      provider,
    })
  }

  return [
    {
      ...write,
      method: 'POST',
      path: '/conversations/messages',
      handle(call) {
        const { id, conversationId, status } = send(call)
        const msg =
          status === 'scheduled' ? 'Message scheduled successfully.' : 'Message queued successfully.'
        return { status: 200, body: { conversationId, messageId: id, msg } }
      },
    },
    {
      ...read,
      method: 'GET',
      path: '/conversations/messages/:messageId',
      handle: (call) => ({ status: 200, body: messageShape(messageOf(call)) }),
    },
    {
      ...write,
      method: 'DELETE',
      path: '/conversations/messages/:messageId/schedule',
      body: 'none',
      handle(call) {
        const message = messageOf(call)
        if (message.status !== 'scheduled') throw refuse(400, 'Message is not scheduled')
        state.messages = state.messages.filter(({ id }) => id !== message.id)
        return { status: 200, body: { status: 200, message: 'Cancelled the scheduled message' } }
      },
    },
  ]
}
