import { z } from 'zod'
import type { CarrierName } from '../../shared/provider-contract.ts'
import type { Logger } from '../logger.ts'
import { carrierTitles, credentialsRefused, creditsUsedUp } from './connection-words.ts'
import type { OutboundText, ProviderAdapter, SendOutcome } from './provider-adapter.ts'
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

/** A text that comes much later than it was written does more harm than none. */
const triedForMs = 3_600_000
const firstRetryMs = 5_000
const maxRetryMs = 5 * 60_000
const repeatAfterMs = 5_000

const text = z.string().nullish().catch(null)
const postedSchema = z.object({
  type: text,
  messageId: z.string().min(1).max(64),
  contactId: z.string().min(1).max(64),
  phone: text,
  message: text,
  attachments: z.array(z.unknown()).nullish().catch(null),
  conversationProviderId: text,
})
type Posted = z.infer<typeof postedSchema>

export type PostedEvent = { id: number; locationId: string | null; payload: unknown }

/** Sends what the CRM posts to its conversation provider: each text once, whatever happens in between. */
export function createOutboundService(parts: {
  messages: ProviderMessageRepository
  connections: Pick<ProviderConnectionRepository, 'find' | 'listOf' | 'chosen' | 'markBroken'>
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  isInstalled: (locationId: string) => Promise<boolean>
  findEvent: (id: number) => Promise<{ payload: unknown } | undefined>
  toE164: (locationId: string, phone: string) => Promise<string | undefined>
  isOptedOut: (locationId: string, phone: string) => Promise<boolean>
  optedOut: (locationId: string, phone: string, source: CarrierName) => Promise<void>
  queueSend: (message: ProviderMessage, afterMs: number, transaction: Parameters<Follow>[1]) => Promise<void>
  queueTell: Follow
  /** The system is to be asked a little later what became of it. */
  queuePoll: (locationId: string, carrier: CarrierName) => Promise<void>
  now: () => number
  logger: Logger
}) {
  const { messages, connections, adapterOf, now, logger } = parts

  /** The one of the provider that the CRM names, else the chosen one, else the only one. */
  async function carrierFor(
    locationId: string,
    providerId: string | null,
  ): Promise<StoredConnection | undefined> {
    const connected = await connections.listOf(locationId)
    const named = connected.find(
      ({ settings }) => providerId !== null && settings.conversationProviderId === providerId,
    )
    if (named) return named
    const chosen = await connections.chosen(locationId)
    return (
      connected.find(({ carrier }) => carrier === chosen) ??
      (connected.length === 1 ? connected[0] : undefined)
    )
  }

  /** Keeps a posted text and queues its sending, in one transaction; what is no text to a phone is left alone. */
  async function take({ id, locationId, payload }: PostedEvent): Promise<void> {
    const posted = postedSchema.safeParse(payload)
    if (locationId === null || !posted.success || posted.data.type?.toLowerCase() === 'email') return
    if (!(await parts.isInstalled(locationId))) return
    const { messageId, contactId, conversationProviderId } = posted.data
    const connection = await carrierFor(locationId, conversationProviderId ?? null)
    const message = {
      locationId,
      messageId,
      contactId,
      webhookEventId: id,
      carrier: connection?.carrier ?? null,
    }
    if (connection) {
      const send: Follow = (added, transaction) => parts.queueSend(added, 0, transaction)
      return messages.add(message, connection.id, {}, send)
    }
    logger.warn({ locationId, messageId }, 'a text came for no system: none is connected')
    const reason = 'No SMS system is connected in Wrapup. Connect one in its Settings.'
    await messages.add(message, locationId, { state: 'failed', reason }, parts.queueTell)
  }

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
  ): Promise<string | undefined> {
    const title = carrier === null ? 'The system' : carrierTitles[carrier]
    if (!connection) return `${title} is not connected any more.`
    if (connection.status === 'broken') {
      return `${connection.lastErrorMessage ?? `${title} does not accept Wrapup.`} ${connection.lastErrorAdvice ?? ''}`.trim()
    }
    if (phone === undefined) return 'The contact has no phone number that can be texted.'
    return (await parts.isOptedOut(locationId, phone))
      ? 'This person asked not to be texted (STOP). Nothing was sent.'
      : undefined
  }

  /** A repeat is dropped by the account that was given the text before, and for some hours. */
  function mayBeRepeated(
    { id, dedupeNumber, isRepeatable, startedAt }: ProviderMessage,
    connection: StoredConnection | undefined,
  ): boolean {
    const windowMs = connection ? repeatableForMs[connection.carrier] : null
    const isInWindow = windowMs !== null && startedAt !== null && now() - startedAt.getTime() < windowMs
    return isRepeatable && isInWindow && dedupeNumber === dedupeNumberOf(connection?.id ?? '', id)
  }

  async function send(locationId: string, id: number): Promise<void> {
    const message = await messages.find(locationId, id)
    if (!message || message.carrier === null || !['waiting', 'unknown'].includes(message.state)) return
    const connection = await connections.find(locationId, message.carrier)
    if (message.state === 'unknown' && !mayBeRepeated(message, connection)) return
    const posted = postedSchema.safeParse((await parts.findEvent(message.webhookEventId))?.payload)
    const phone = posted.success ? await parts.toE164(locationId, posted.data.phone ?? '') : undefined
    const obstacle = await obstacleTo(message, connection, phone)
    if (obstacle !== undefined || !connection || phone === undefined || !posted.success) {
      // What may have been sent has not failed: it stays unknown.
      if (message.state === 'waiting')
        await fail(message, obstacle ?? 'The text is not kept any more.', 'NOT_SENT')
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
    switch (outcome.kind) {
      case 'accepted':
        await messages.accept(id, outcome.providerMessageId)
        return parts.queuePoll(locationId, carrier)
      case 'refused':
        if (outcome.reason === 'credentials')
          await connections.markBroken(connection, credentialsRefused(carrier))
        if (outcome.reason === 'no_credits') await connections.markBroken(connection, creditsUsedUp(carrier))
        if (outcome.reason === 'opted_out') await parts.optedOut(locationId, phone, carrier)
        return fail(message, outcome.message, outcome.reason)
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
    const { id, state, createdAt, tries, isRepeatable } = message
    if (state === 'waiting' && now() - createdAt.getTime() > triedForMs) return fail(message, why, 'NOT_SENT')
    const afterMs = Math.max(retryAfterMs ?? 0, Math.min(firstRetryMs * 2 ** tries, maxRetryMs))
    await messages.move(id, ['sending'], { state, isRepeatable }, (waiting, transaction) =>
      parts.queueSend(waiting, afterMs, transaction),
    )
  }

  async function leaveOpen({ id, locationId }: ProviderMessage, carrier: CarrierName, isRepeatable: boolean) {
    logger.warn(
      { locationId, carrier, providerMessage: id },
      'a text was handed over, and no answer came back',
    )
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

  return { take, send, phoneOf }
}

function outboundText(message: ProviderMessage, posted: Posted, to: string): OutboundText {
  return {
    to,
    text: posted.message ?? '',
    mediaUrls: posted.attachments?.filter((url) => typeof url === 'string') ?? [],
    dedupe: { text: message.dedupeText, number: message.dedupeNumber },
    contactId: message.contactId,
  }
}
