import type { EndpointParts } from './endpoint.ts'
import { refuse } from './platform-error.ts'
import type { SandboxConversationProvider, SandboxMessage } from './state.ts'
import type { WebhookSender } from './webhooks/webhook-sender.ts'

/** Apps that carry a location's texts in the place of its own numbers, or beside them. */
export type ConversationProviders = {
  /**
   * Who carries a text: the one asked for, else the location's choice; null: its own numbers.
   * @throws {PlatformError} 400 when there is no such provider in the location
   */
  carrierOf(locationId: string, wantedId?: string): SandboxConversationProvider | null
  /** Posts the text to the provider's delivery URL, signed, again until it is taken. */
  handOver(message: SandboxMessage): void
  /**
   * Only the provider's app tells a status, and only some seconds after the handing over.
   * @see https://github.com/GoHighLevel/highlevel-api-docs/issues/4
   * @throws {PlatformError} 403, or formerly 401
   */
  requireStatusAllowed(message: SandboxMessage): void
  /** In the location's settings; null: its own numbers. */
  choose(locationId: string, providerId: string | null): void
}

export function createConversationProviders(
  parts: EndpointParts & { webhooks: Pick<WebhookSender, 'sendToProvider'> },
): ConversationProviders {
  const { state, clock, behaviour, webhooks } = parts
  const find = (id: string | null) => state.conversationProviders.find((provider) => provider.id === id)
  const isOurs = (provider: SandboxConversationProvider) => provider.appId === state.app.appId

  /** The sandbox knows only where our own app is installed. */
  const isUsable = (provider: SandboxConversationProvider, locationId: string): boolean =>
    !isOurs(provider) || state.installs.some((install) => install.locationId === locationId)

  return {
    carrierOf(locationId, wantedId) {
      const location = state.locations.find(({ id }) => id === locationId)
      const provider = find(wantedId ?? location?.smsProviderId ?? null) ?? null
      const isMissing = provider === null ? wantedId !== undefined : !isUsable(provider, locationId)
      if (isMissing) throw refuse(400, 'Invalid conversationProviderId')
      return provider
    },
    handOver(message) {
      const { contactId, locationId, id, to, body, attachments, userId } = message
      const provider = find(message.conversationProviderId)
      message.handedOverAtMs = clock.now()
      if (!provider?.deliveryUrl || !isOurs(provider)) return
      webhooks.sendToProvider(provider.deliveryUrl, {
        contactId,
        locationId,
        messageId: id,
        type: 'SMS',
        phone: to,
        message: body,
        attachments: [...attachments],
        ...(userId ? { userId } : {}),
      })
    },
    requireStatusAllowed(message) {
      const provider = find(message.conversationProviderId)
      const { handedOverAtMs } = message
      const isKnown = handedOverAtMs !== null && clock.now() - handedOverAtMs >= behaviour.providerStatusLagMs
      if (!provider || !isOurs(provider) || !isKnown)
        throw refuse(behaviour.earlyStatusRefusal, 'No conversation provider found for this message')
    },
    choose(locationId, providerId) {
      const location = state.locations.find(({ id }) => id === locationId)
      const provider = find(providerId)
      if (!location) throw new Error('No such sub-account')
      if (providerId !== null && (!provider || provider.isCustom || !isUsable(provider, locationId)))
        throw new Error('No such provider to choose')
      location.smsProviderId = providerId
    },
  }
}
