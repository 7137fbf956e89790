import { parseStrictly } from '../body-rules.ts'
import type { ConversationProviders } from '../conversation-providers.ts'
import { param, requireLocation, type ApiAnswer, type Endpoint, type EndpointParts } from '../endpoint.ts'
import type { MessageCarrier } from '../message-carrier.ts'
import { notFound, refuse } from '../platform-error.ts'
import type { SandboxContact, SandboxConversationProvider } from '../state.ts'
import { inboundBody, statusBody, type InboundBody } from './message-bodies.ts'

const write = {
  version: '2021-04-15',
  scope: 'conversations/message.write',
  holders: ['location'],
  body: 'json',
} as const

/** @see https://github.com/GoHighLevel/highlevel-api-docs/issues/6 an id that is not known is answered by 500 */
const unknownId = () => refuse(500, 'Internal server error')

/** What a conversation provider tells the CRM: what became of its texts, and what came back. */
export function createProviderEndpoints(
  parts: EndpointParts & { carrier: MessageCarrier; providers: ConversationProviders },
): Endpoint[] {
  const { state, carrier, providers } = parts

  const contactOf = ({ contactId, conversationId }: InboundBody): SandboxContact => {
    const conversation = state.conversations.find(({ id }) => id === conversationId)
    if (!contactId && !conversationId) throw refuse(422, ['contactId or conversationId should not be empty'])
    if (conversationId && !conversation) throw unknownId()
    const contact = state.contacts.find(({ id }) => id === (contactId ?? conversation?.contactId))
    if (!contact || (conversation && conversation.contactId !== contact.id)) throw unknownId()
    return contact
  }

  /** Null where no provider was named and the location's choice is not one of ours. */
  const providerOf = (locationId: string, providerId?: string): SandboxConversationProvider | null => {
    const location = state.locations.find(({ id }) => id === locationId)
    const wanted = providerId ?? location?.smsProviderId
    const provider = state.conversationProviders.find(({ id }) => id === wanted)
    const ours = provider?.appId === state.app.appId ? provider : null
    if (providerId !== undefined && !ours) throw unknownId()
    return ours
  }

  const receive = (contact: SandboxContact, given: InboundBody): ApiAnswer => {
    const { message = '', attachments = [], date } = given
    const provider = providerOf(contact.locationId, given.conversationProviderId)
    if (!provider) return droppedSilently
    const received = carrier.receiveByProvider({ contact, body: message, attachments, provider, date })
    const { conversationId, id: messageId, dateAdded } = received
    const body = { success: true, conversationId, messageId, message, contactId: contact.id, dateAdded }
    return { status: 200, body }
  }

  return [
    {
      ...write,
      method: 'POST',
      path: '/conversations/messages/inbound',
      handle(call) {
        const given = parseStrictly(inboundBody, call.body)
        if (given.type !== 'SMS') throw refuse(400, `The sandbox has no channel ${given.type}`)
        if (given.direction === 'outbound') throw refuse(400, 'The sandbox takes only what came in here')
        const contact = contactOf(given)
        requireLocation(parts, call, contact.locationId)
        if (!given.message?.trim() && !given.attachments?.length)
          throw refuse(400, 'There is no message or attachments for this message. Skip sending.')
        return receive(contact, given)
      },
    },
    {
      ...write,
      method: 'PUT',
      path: '/conversations/messages/:messageId/status',
      handle(call) {
        const id = param(call, 'messageId')
        const message = state.messages.find((one) => one.id === id)
        if (!message) throw notFound('Message', id)
        requireLocation(parts, call, message.locationId)
        const { status, error } = parseStrictly(statusBody, call.body)
        providers.requireStatusAllowed(message)
        message.providerError = error ?? null
        carrier.setStatus(message, status)
        const { conversationId } = message
        return { status: 200, body: { conversationId, messageId: id, status } }
      },
    },
  ]
}

/** @see https://github.com/GoHighLevel/highlevel-api-docs/issues/70 201, an empty body, and nothing in the thread */
const droppedSilently: ApiAnswer = { status: 201, body: null }
