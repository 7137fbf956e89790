import type { Logger } from '../logger.ts'
import { cameTooLate, postedSchema, sentWithinMs } from './posted-text.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { Follow, ProviderMessage, ProviderMessageRepository } from './provider-message-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

export type PostedEvent = {
  id: number
  locationId: string | null
  /** When it was written, where that is known. */
  eventAt: Date | null
  receivedAt: Date
  payload: unknown
}

/** Takes in what the CRM posts to its conversation provider: each text once, for the system that is to carry it. */
export function createOutboundIntake(parts: {
  messages: Pick<ProviderMessageRepository, 'add'>
  connections: Pick<ProviderConnectionRepository, 'listOf' | 'chosen' | 'saltOf'>
  queueSend: (message: ProviderMessage, afterMs: number, transaction: Parameters<Follow>[1]) => Promise<void>
  queueTell: Follow
  now: () => number
  logger: Logger
}) {
  const { messages, connections, logger } = parts

  /** The chosen one of those that may carry it, else the only one. */
  async function pick(locationId: string, among: StoredConnection[]): Promise<StoredConnection | undefined> {
    const chosen = await connections.chosen(locationId)
    return among.find(({ carrier }) => carrier === chosen) ?? (among.length === 1 ? among[0] : undefined)
  }

  /** Keeps a posted text and queues its sending, in one transaction; what is no text to a phone is left alone. */
  return async function take({ id, locationId, eventAt, receivedAt, payload }: PostedEvent): Promise<void> {
    const posted = postedSchema.safeParse(payload)
    if (locationId === null || !posted.success || posted.data.type?.toLowerCase() === 'email') return
    const { messageId, contactId, conversationProviderId } = posted.data
    const connected = await connections.listOf(locationId)
    const mayCarry = thoseOf(conversationProviderId ?? null, connected)
    if (connected.length > 0 && mayCarry.length === 0) {
      return logger.warn(
        { locationId, messageId },
        "a text of another app's conversation provider is left alone",
      )
    }
    const connection = await pick(locationId, mayCarry)
    const message = {
      locationId,
      messageId,
      contactId,
      webhookEventId: id,
      carrier: connection?.carrier ?? null,
    }
    if (parts.now() - (eventAt ?? receivedAt).getTime() > sentWithinMs) {
      return messages.add(message, locationId, { state: 'failed', reason: cameTooLate }, parts.queueTell)
    }
    if (connection) {
      const send: Follow = (added, transaction) => parts.queueSend(added, 0, transaction)
      return messages.add(message, await connections.saltOf(connection), {}, send)
    }
    logger.warn({ locationId, messageId }, 'a text came for no system: none is connected, or none is chosen')
    const reason = noSystem(connected.length > 0)
    await messages.add(message, locationId, { state: 'failed', reason }, parts.queueTell)
  }
}

/**
 * The platform signs the posts of all apps alike, so the provider that a text names says whose it is. It may be of any
 * connection for which an admin has entered none.
 */
function thoseOf(providerId: string | null, connected: StoredConnection[]): StoredConnection[] {
  if (providerId === null) return connected
  const named = connected.filter(({ settings }) => settings.conversationProviderId === providerId)
  if (named.length > 0) return named
  return connected.filter(({ settings }) => settings.conversationProviderId === null)
}

const noSystem = (isOneConnected: boolean): string =>
  isOneConnected
    ? 'Nobody has chosen in Wrapup which SMS system carries this text. Choose one in its Settings, under Texting.'
    : 'No SMS system is connected in Wrapup. Connect one in its Settings.'
