import { z } from 'zod'
import { type MessageStatus, messageStatuses } from '../../shared/message-contract.ts'
import type { ConversationsApi, PlatformMessage } from '../highlevel/conversations-api.ts'
import type { Logger } from '../logger.ts'
import { hashOfBody } from './body-hash.ts'
import {
  type MessageRepository,
  type OpenSend,
  type Sighting,
  writtenWithinMs,
} from './message-repository.ts'

/** Longer than any request may live: a send still open after it lost its process. */
export const staleAfterMs = 35_000
/** The thread is looked at each minute for this long, then each quarter of an hour for a day. */
const oftenForMs = 10 * 60_000
const everyMs = 15 * 60_000
const lookForMs = 24 * 3_600_000
/** The next pass goes on where this one ends; one location's share leaves calls for its people, and for others. */
const atOnce = { perLocation: 20, total: 200 }
const passMs = 60_000
const threadPage = 50

const text = z.string().nullish().catch(null)
/** An `OutboundMessage`, as far as it tells which text it is. */
const outboundSchema = z.object({
  messageId: z.string().min(1),
  contactId: z.string().min(1),
  conversationId: text,
  body: z.string(),
  status: text,
  source: text,
  dateAdded: text,
})

export type MessageSettling = ReturnType<typeof createMessageSettling>

/**
 * Finds out what became of texts whose outcome is unknown: the platform shows a text with the same words to the same
 * contact, written when it was sent, which is nobody else's. Where more than one fits, all stay unknown.
 */
export function createMessageSettling(parts: {
  conversations: Pick<ConversationsApi, 'search' | 'listMessages'>
  messageRepository: MessageRepository
  /** Whether the location can be asked at all. */
  isActive: (locationId: string) => Promise<boolean>
  /** Tells the open pages. */
  settled: (locationId: string, sighting: Sighting) => Promise<void>
  now: () => number
  logger: Logger
}) {
  const { conversations, messageRepository, isActive, settled, now, logger } = parts

  async function settleWith(locationId: string, sighting: Sighting): Promise<boolean> {
    const isSettled = await messageRepository.settle(locationId, sighting, now() - staleAfterMs)
    if (isSettled) {
      const { messageId } = sighting
      logger.info({ locationId, messageId }, 'a text of unknown outcome was found: it was sent')
    }
    return isSettled
  }

  /** @param happenedAt when the webhook says that it happened */
  async function heard(locationId: string, payload: unknown, happenedAt: Date): Promise<void> {
    const parsed = outboundSchema.safeParse(payload)
    if (!parsed.success || !isFromApi(parsed.data.source)) return
    const { dateAdded, body, ...message } = parsed.data
    const at = timeOf(dateAdded) ?? happenedAt
    await settleWith(locationId, {
      ...message,
      conversationId: message.conversationId ?? null,
      bodyHash: hashOfBody(body),
      status: statusOf(message.status),
      at,
    })
  }

  async function lookInThread(send: OpenSend): Promise<void> {
    const { locationId, contactId } = send
    const found = await conversations.search(locationId, { contactId, limit: 1 })
    const conversation = found.conversations.find((one) => one.contactId === contactId)
    if (!conversation) return
    const { messages } = await conversations.listMessages(locationId, conversation.id, { limit: threadPage })
    const fitting = messages.flatMap((message) => sightingOf(message, contactId, conversation.id, send))
    const claimed = await messageRepository.claimed(
      locationId,
      fitting.map(({ messageId }) => messageId),
    )
    const [only, ...others] = fitting.filter(({ messageId }) => !claimed.has(messageId))
    if (!only || others.length > 0) return
    if (await settleWith(locationId, only)) await settled(locationId, only)
  }

  /** What lost its process becomes unknown, and what is unknown is looked for; one that fails hinders no other. */
  async function settleOpen(): Promise<void> {
    await messageRepository.abandonAllStale(now() - staleAfterMs)
    const window = { often: now() - oftenForMs, ever: now() - lookForMs, lookedBefore: now() - everyMs }
    const endsAt = performance.now() + passMs
    for (const send of await messageRepository.listUnknown(window, atOnce)) {
      if (performance.now() > endsAt) return
      try {
        await messageRepository.markLooked(send)
        if (await isActive(send.locationId)) await lookInThread(send)
      } catch (error) {
        logger.warn(
          { err: error, locationId: send.locationId },
          'a text could not be looked for in its thread',
        )
      }
    }
  }

  return { heard, settleOpen }
}

function sightingOf(
  message: PlatformMessage,
  contactId: string,
  conversationId: string,
  { bodyHash, startedAt }: OpenSend,
): Sighting[] {
  const at = timeOf(message.dateAdded)
  const isFitting =
    message.direction === 'outbound' &&
    isFromApi(message.source) &&
    at !== undefined &&
    isWithin(at, startedAt) &&
    hashOfBody(message.body ?? '') === bodyHash
  return isFitting
    ? [{ messageId: message.id, contactId, conversationId, bodyHash, status: statusOf(message.status), at }]
    : []
}

function isWithin(at: Date, startedAt: Date): boolean {
  const afterMs = at.getTime() - startedAt.getTime()
  return afterMs >= -writtenWithinMs.before && afterMs <= writtenWithinMs.after
}

/** What people or workflows wrote is not ours, whatever its words. */
const isFromApi = (source: string | null | undefined): boolean => !source || source === 'api'

function statusOf(word: string | null | undefined): MessageStatus {
  return messageStatuses.find((known) => known === word) ?? 'pending'
}

function timeOf(time: string | null | undefined): Date | undefined {
  const ms = Date.parse(time ?? '')
  return Number.isNaN(ms) ? undefined : new Date(ms)
}
