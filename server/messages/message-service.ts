import { createHash } from 'node:crypto'
import {
  type Message,
  type MessageStatus,
  messageStatuses,
  type SendMessage,
} from '../../shared/message-contract.ts'
import type { Audited } from '../audit/audit-log.ts'
import type { ContactAccess, KnownContact } from '../contacts/contact-access.ts'
import { AppError, isProvablyUndone } from '../errors.ts'
import type { ConversationsApi, SmsFields } from '../highlevel/conversations-api.ts'
import type { Logger } from '../logger.ts'
import { requirePermission } from '../rights.ts'
import type { Carriage } from '../providers/text-carriage.ts'
import type { Session } from '../session/session.ts'
import { hashOfBody } from './body-hash.ts'
import { refusalToText } from './message-gate.ts'
import { staleAfterMs } from './message-settling.ts'
import type { MessageRepository } from './message-repository.ts'
import type { NewSend, SendKey, SentMessage } from './message-send-repository.ts'

export type MessageService = ReturnType<typeof createMessageService>

/**
 * Sends each text at most once. The platform has no idempotency key, so the attempt is recorded before it is made:
 * whoever inserts the row sends, everyone else waits for the outcome. A lost answer ends as `unknown` and is never
 * tried again by itself; only what provably did not leave may be sent under the same key again.
 */
export function createMessageService(parts: {
  conversations: ConversationsApi
  messageRepository: MessageRepository
  access: ContactAccess
  audited: Audited
  /** @throws {AppError} where whoever carries the location's texts would not take one */
  carriageOf: (locationId: string) => Promise<Carriage>
  /** Whether any number is on the list of those who want no texts. */
  hasOptOuts: (locationId: string) => Promise<boolean>
  /** @throws {AppError} `dnd_active` for a number that is on the list of those who want no texts */
  assertNotOptedOut: (locationId: string, phone: string) => Promise<void>
  /** Looks a little later what became of texts whose outcome is unknown. */
  settleSoon: () => Promise<void>
  now: () => number
  /** Resolves after about `ms`, or rejects when the request's time is over. */
  pause: (ms: number) => Promise<void>
  logger: Logger
}) {
  const {
    conversations,
    messageRepository,
    access,
    audited,
    carriageOf,
    hasOptOuts,
    assertNotOptedOut,
    settleSoon,
    now,
    pause,
    logger,
  } = parts

  /** @param seen the contact, where the caller has seen to it already */
  async function send(
    session: Session,
    contactId: string,
    idempotencyKey: string,
    input: SendMessage,
    seen?: KnownContact,
  ): Promise<Message> {
    requirePermission(session, 'conversations')
    const attempt: NewSend = {
      locationId: session.locationId,
      idempotencyKey,
      contactId,
      userId: session.userId,
      requestHash: hashOf(input),
      bodyHash: hashOfBody(input.message),
    }
    const known = seen ?? (await access.ensure(session, contactId))
    for (;;) {
      if (await messageRepository.begin(attempt)) return sendAudited(session, attempt, input, known)
      await messageRepository.abandonStale(attempt, now() - staleAfterMs)
      const record = await messageRepository.find(attempt)
      if (!record) continue
      if (record.contactId !== contactId) throw keyInUse()
      if (record.status === 'failed') {
        if (await messageRepository.beginAgain(attempt)) return sendAudited(session, attempt, input, known)
        continue
      }
      if (record.requestHash !== attempt.requestHash) throw keyInUse()
      if (record.status === 'sent') return { ...record.sent, body: input.message }
      if (record.status === 'unknown') throw outcomeUnknown()
      await pause(100)
    }
  }

  function sendAudited(
    session: Session,
    attempt: NewSend,
    input: SendMessage,
    known: KnownContact | undefined,
  ): Promise<Message> {
    const about = { session, contactId: attempt.contactId, action: 'message.send', inLedger: true } as const
    const run = () => sendOnce(session, attempt, input, known)
    return audited(about, run, ({ id }) => ({ reference: id }))
  }

  async function sendOnce(
    session: Session,
    attempt: NewSend,
    input: SendMessage,
    known: KnownContact | undefined,
  ): Promise<Message> {
    try {
      const scheduledTimestamp = secondsOf(input.scheduledAt, now())
      await assertMayText(session, attempt.contactId, known)
      const carriage = await carriageOf(session.locationId)
      const answer = await submit(session.locationId, {
        contactId: attempt.contactId,
        message: input.message,
        ...senderOf(carriage, input),
        ...(scheduledTimestamp === undefined ? {} : { scheduledTimestamp }),
      })
      const sent: SentMessage = {
        id: answer.messageId,
        contactId: attempt.contactId,
        direction: 'outbound',
        status: scheduledTimestamp === undefined ? statusOf(answer.status) : 'scheduled',
        at: new Date(now()).toISOString(),
      }
      await record(() => messageRepository.markSent(attempt, sent, answer.conversationId), attempt)
      return { ...sent, body: input.message }
    } catch (error) {
      // What was in the way may be gone, or may have been unknown here.
      access.outdate(session, attempt.contactId)
      const unknown = error instanceof AppError && error.code === 'outcome_unknown'
      await record(() => messageRepository.markEnded(attempt, unknown ? 'unknown' : 'failed'), attempt)
      if (unknown) await record(settleSoon, attempt)
      throw error
    }
  }

  /**
   * Who could be texted a moment ago is not read again, which saves the rep a round trip: the CRM itself refuses
   * do-not-disturb and a missing number. Numbers that opted out are known here alone: where there are any, only the
   * number that the contact has now can be looked up.
   * @throws {AppError} `no_phone` or `dnd_active`
   */
  async function assertMayText(
    session: Session,
    contactId: string,
    known: KnownContact | undefined,
  ): Promise<void> {
    const { locationId } = session
    const mayServe = known && !known.isCurrent && !refusalToText(known.contact)
    if (mayServe && !(await hasOptOuts(locationId))) return
    const contact = known?.isCurrent ? known.contact : await access.load(session, contactId)
    const refusal = refusalToText(contact)
    if (refusal) throw refusal
    await assertNotOptedOut(locationId, contact.phone ?? '')
  }

  /** Only what is known not to have left may be sent again; all else, a server error too, leaves it open. */
  async function submit(locationId: string, sms: SmsFields) {
    try {
      return await conversations.sendSms(locationId, sms)
    } catch (error) {
      throw isProvablyUndone(error) ? error : outcomeUnknown(error)
    }
  }

  /**
   * What happened stays true when it cannot be written down. The row then stays `sending` and ends as `unknown`,
   * which sends nothing twice.
   */
  async function record(write: () => Promise<void>, key: SendKey): Promise<void> {
    try {
      await write()
    } catch (error) {
      logger.error({ err: error, locationId: key.locationId }, 'outcome of a send could not be recorded')
    }
  }

  return { send }
}

/** The numbers of the CRM are the CRM's to send from; another system has a sender of its own. */
function senderOf(
  { provider, conversationProviderId }: Carriage,
  { fromNumber }: SendMessage,
): Pick<SmsFields, 'fromNumber' | 'conversationProviderId'> {
  if (provider === 'crm') return fromNumber === undefined ? {} : { fromNumber }
  return conversationProviderId === null ? {} : { conversationProviderId }
}

/** The platform queues: without a word of its own, the text is on its way. */
function statusOf(word: string | undefined): MessageStatus {
  return messageStatuses.find((known) => known === word) ?? 'pending'
}

function hashOf(input: SendMessage): string {
  const fields = [input.message, input.fromNumber ?? null, input.scheduledAt ?? null]
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url')
}

/** The platform takes Unix seconds. */
function secondsOf(scheduledAt: string | undefined, nowMs: number): number | undefined {
  if (scheduledAt === undefined) return undefined
  const atMs = Date.parse(scheduledAt)
  if (atMs <= nowMs) {
    throw new AppError('validation', 'The time to send at has passed.', {
      details: [{ path: 'scheduledAt', message: 'must be in the future' }],
    })
  }
  return Math.ceil(atMs / 1000)
}

function keyInUse(): AppError {
  return new AppError('conflict', 'This Idempotency-Key was used for a different message.')
}

function outcomeUnknown(cause?: unknown): AppError {
  return new AppError(
    'outcome_unknown',
    'The CRM did not confirm this text: it may or may not have gone out. Look at the conversation before you send it again.',
    { cause },
  )
}
