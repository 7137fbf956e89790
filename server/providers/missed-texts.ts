import { AppError } from '../errors.ts'
import type { PlatformMessage } from '../highlevel/conversations-api.ts'
import type { Logger } from '../logger.ts'
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
  /** Takes it, unless its post comes in the next minutes. */
  record: (text: MissedText) => Promise<void>
  logger: Logger
}) {
  const { messages, connections, phoneOf, record, logger } = parts

  /** Texts from before the connection may have been carried by one that is gone. */
  async function isOurs(locationId: string, message: PlatformMessage, writtenAt: Date): Promise<boolean> {
    const connected = await connections.listOf(locationId)
    return connected.some(
      ({ settings, connectedAt }) =>
        settings.conversationProviderId === message.conversationProviderId && connectedAt <= writtenAt,
    )
  }

  async function look(locationId: string, contactId: string, message: PlatformMessage): Promise<void> {
    const { id: messageId, direction, status, dateAdded, conversationProviderId, body, attachments } = message
    const writtenAt = new Date(dateAdded ?? Number.NaN)
    const isText = !/EMAIL|CALL/i.test(message.messageType ?? '')
    if (direction !== 'outbound' || !isText || !conversationProviderId || !untouched.has(status)) return
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

  /** Looks at a message of a thread; one that cannot be taken now is looked at again as long as it is pending. */
  return async (locationId: string, contactId: string, message: PlatformMessage): Promise<void> => {
    try {
      await look(locationId, contactId, message)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      logger.warn({ err: error, locationId, messageId: message.id }, 'a text of a thread could not be taken')
    }
  }
}
