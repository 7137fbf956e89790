import type { PlatformMessage } from '../highlevel/conversations-api.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { ProviderMessageRepository } from './provider-message-repository.ts'

/** A text as the CRM would have posted it. */
export type MissedText = {
  messageId: string
  contactId: string
  locationId: string
  writtenAt: Date
  payload: object
}

/** A post that is on its way comes by then. */
const postedWithinMs = 3 * 60_000
/** Nobody told the CRM anything of such a text yet. */
const untouched: ReadonlySet<string | null | undefined> = new Set(['pending', 'queued'])

/**
 * Texts that stand in the CRM's thread for one of our conversation providers and were never posted: the CRM repeats a
 * post that fails a few times at most. They are taken as if they had been.
 */
export function createMissedTexts(parts: {
  messages: Pick<ProviderMessageRepository, 'isKnown'>
  connections: Pick<ProviderConnectionRepository, 'listOf'>
  phoneOf: (locationId: string, contactId: string) => Promise<string | null | undefined>
  record: (text: MissedText) => Promise<void>
  now: () => number
}) {
  const { messages, connections, phoneOf, record, now } = parts

  /** Texts from before the connection may have been carried by one that is gone. */
  async function isOurs(locationId: string, message: PlatformMessage, writtenAt: Date): Promise<boolean> {
    const connected = await connections.listOf(locationId)
    return connected.some(
      ({ settings, connectedAt }) =>
        settings.conversationProviderId === message.conversationProviderId && connectedAt <= writtenAt,
    )
  }

  /** Looks at a message of a thread. */
  return async (locationId: string, contactId: string, message: PlatformMessage): Promise<void> => {
    const { id: messageId, direction, status, dateAdded, conversationProviderId, body, attachments } = message
    const writtenAt = new Date(dateAdded ?? Number.NaN)
    const isDue = now() - writtenAt.getTime() >= postedWithinMs
    if (direction !== 'outbound' || !conversationProviderId || !untouched.has(status) || !isDue) return
    if (!(await isOurs(locationId, message, writtenAt))) return
    if (await messages.isKnown(locationId, messageId)) return
    const phone = (await phoneOf(locationId, contactId)) ?? null
    const payload = {
      type: 'SMS',
      locationId,
      contactId,
      messageId,
      conversationProviderId,
      phone,
      message: body,
      attachments,
    }
    await record({ messageId, contactId, locationId, writtenAt, payload })
  }
}
