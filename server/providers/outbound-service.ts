import type { CarrierName } from '../../shared/provider-contract.ts'
import type { Logger } from '../logger.ts'
import { carrierTitles, credentialsRefused, creditsUsedUp } from './connection-words.ts'
import { cameTooLate, outboundText, type Posted, postedSchema, sentWithinMs } from './posted-text.ts'
import type { ProviderAdapter, RefusalReason, SendOutcome } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'
import {
  dedupeNumberOf,
  type Follow,
  type ProviderMessage,
  type ProviderMessageRepository,
} from './provider-message-repository.ts'

/** How long each system drops a repeat with the same dedupe id for sure; null: it may send it again. */
export const repeatableForMs: Readonly<Record<CarrierName, number | null>> = {
  heymarket: null,
  // It says about 12 hours.
  bulksms: 11 * 3_600_000,
}

const firstRetryMs = 5_000
const maxRetryMs = 5 * 60_000
const repeatAfterMs = 5_000

/** Sends what the CRM posted to its conversation provider: each text once, whatever happens in between. */
export function createOutboundService(parts: {
  messages: ProviderMessageRepository
  connections: Pick<ProviderConnectionRepository, 'find' | 'markBroken' | 'saltOf'>
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  findEvent: (id: number) => Promise<{ payload: unknown } | undefined>
  toE164: (locationId: string, phone: string) => Promise<string | undefined>
  /** @returns why this number is not texted, in words */
  objectionTo: (locationId: string, phone: string) => Promise<string | undefined>
  optedOut: (locationId: string, phone: string, source: CarrierName, at: Date) => Promise<void>
  queueSend: (message: ProviderMessage, afterMs: number, transaction: Parameters<Follow>[1]) => Promise<void>
  queueTell: Follow
  /** The system is to be asked a little later what became of it. */
  queuePoll: (locationId: string, carrier: CarrierName) => Promise<void>
  now: () => number
  logger: Logger
}) {
  const { messages, connections, adapterOf, now, logger } = parts

  async function fail(message: ProviderMessage, reason: string, raw: string): Promise<void> {
    await messages.move(
      message.id,
      ['waiting', 'sending', 'unknown'],
      { state: 'failed', reason, raw, isRepeatable: false },
      parts.queueTell,
    )
  }

  /** @returns why it is not sent, in words */
  async function obstacleTo(
    { locationId, carrier }: ProviderMessage,
    connection: StoredConnection | undefined,
    phone: string | undefined,
    { attachments }: Posted,
  ): Promise<string | undefined> {
    const title = carrier === null ? 'The system' : carrierTitles[carrier]
    if (!connection) return `${title} is not connected any more.`
    if (connection.status === 'broken') {
      return `${connection.lastErrorMessage ?? `${title} does not accept Wrapup.`} ${connection.lastErrorAdvice ?? ''}`.trim()
    }
    if (phone === undefined) return 'The contact has no phone number that can be texted.'
    if (attachments?.includes(null)) return 'A file of this text could not be read, so it was not sent.'
    return parts.objectionTo(locationId, phone)
  }

  const isLate = ({ createdAt }: ProviderMessage): boolean => now() - createdAt.getTime() > sentWithinMs

  /** A repeat is dropped by the account that was given the text before, and for some hours. */
  async function mayBeRepeated(
    { id, dedupeNumber, isRepeatable, startedAt }: ProviderMessage,
    connection: StoredConnection | undefined,
  ): Promise<boolean> {
    const windowMs = connection ? repeatableForMs[connection.carrier] : null
    const isInWindow = windowMs !== null && startedAt !== null && now() - startedAt.getTime() < windowMs
    if (!connection || !isRepeatable || !isInWindow) return false
    return dedupeNumber === dedupeNumberOf(await connections.saltOf(connection), id)
  }

  async function send(locationId: string, id: number): Promise<void> {
    const message = await messages.find(locationId, id)
    if (!message || message.carrier === null || !['waiting', 'unknown'].includes(message.state)) return
    if (message.state === 'waiting' && isLate(message)) return fail(message, cameTooLate, 'NOT_SENT')
    const connection = await connections.find(locationId, message.carrier)
    if (message.state === 'unknown' && !(await mayBeRepeated(message, connection))) return
    const posted = postedSchema.safeParse((await parts.findEvent(message.webhookEventId))?.payload)
    const phone = posted.success ? await parts.toE164(locationId, posted.data.phone ?? '') : undefined
    const obstacle = posted.success ? await obstacleTo(message, connection, phone, posted.data) : notKept
    if (obstacle !== undefined || !connection || phone === undefined || !posted.success) {
      // What may have been sent has not failed: it stays unknown.
      if (message.state === 'waiting') await fail(message, obstacle ?? notKept, 'NOT_SENT')
      return
    }
    // Before it counts as begun: where the credentials cannot be opened, nothing was sent.
    const adapter = adapterOf(connection)
    if (!(await messages.begin(message))) return
    const outcome = await adapter.send(outboundText(message, posted.data, phone))
    await record(message, connection, phone, outcome)
  }

  async function record(
    message: ProviderMessage,
    connection: StoredConnection,
    phone: string,
    outcome: SendOutcome,
  ): Promise<void> {
    const { locationId, id } = message
    const { carrier } = connection
    if (outcome.kind !== 'accepted') {
      const { kind, requestId } = outcome
      logger.warn(
        {
          locationId,
          carrier,
          providerMessage: id,
          outcome: kind,
          upstreamRequestId: requestId ?? undefined,
        },
        'another system did not say that it took a text',
      )
    }
    switch (outcome.kind) {
      case 'accepted':
        await messages.accept(id, outcome.providerMessageId)
        return parts.queuePoll(locationId, carrier)
      case 'refused':
        if (outcome.reason === 'credentials')
          await connections.markBroken(connection, credentialsRefused(carrier))
        if (outcome.reason === 'no_credits') await connections.markBroken(connection, creditsUsedUp(carrier))
        if (outcome.reason === 'opted_out') await parts.optedOut(locationId, phone, carrier, new Date(now()))
        return isOfConnection(outcome.reason) && message.state === 'unknown'
          ? keepUnknown(message)
          : fail(message, outcome.message, outcome.reason)
      case 'not_sent':
        return tryLater(message, outcome)
      case 'unknown':
        return leaveOpen(message, carrier, outcome.isRepeatable)
    }
  }

  /** A repeat of what may have been sent stays that, though the repeat itself was not. */
  async function tryLater(
    message: ProviderMessage,
    { retryAfterMs, message: why }: Extract<SendOutcome, { kind: 'not_sent' }>,
  ): Promise<void> {
    const { id, state, tries, isRepeatable } = message
    if (state === 'waiting' && isLate(message)) return fail(message, why, 'NOT_SENT')
    const afterMs = Math.max(retryAfterMs ?? 0, Math.min(firstRetryMs * 2 ** tries, maxRetryMs))
    await messages.move(id, ['sending'], { state, isRepeatable }, (waiting, transaction) =>
      parts.queueSend(waiting, afterMs, transaction),
    )
  }

  /** Whoever is not let in is not told whether the first try arrived. */
  async function keepUnknown({ id, isRepeatable }: ProviderMessage): Promise<void> {
    await messages.move(id, ['sending'], { state: 'unknown', isRepeatable })
  }

  async function leaveOpen({ id, locationId }: ProviderMessage, carrier: CarrierName, isRepeatable: boolean) {
    await messages.move(id, ['sending'], { state: 'unknown', isRepeatable }, async (open, transaction) => {
      if (isRepeatable) await parts.queueSend(open, repeatAfterMs * 2 ** Math.min(open.tries, 6), transaction)
    })
    await parts.queuePoll(locationId, carrier)
  }

  /** The number that a text was for. */
  async function phoneOf({ locationId, webhookEventId }: ProviderMessage): Promise<string | undefined> {
    const posted = postedSchema.safeParse((await parts.findEvent(webhookEventId))?.payload)
    return posted.success ? parts.toE164(locationId, posted.data.phone ?? '') : undefined
  }

  return { send, phoneOf }
}

const notKept = 'The text is not kept any more.'

const isOfConnection = (reason: RefusalReason): boolean => reason === 'credentials' || reason === 'no_credits'
