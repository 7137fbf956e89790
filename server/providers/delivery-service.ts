import type { CarrierName } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { ConversationsApi, ProviderStatus } from '../highlevel/conversations-api.ts'
import type { Logger } from '../logger.ts'
import { carrierTitles } from './connection-words.ts'
import type { MessageFollowRepository } from './message-follow-repository.ts'
import type { DeliveryReport, ProviderAdapter } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'
import type { Follow, ProviderMessage, ProviderMessageRepository } from './provider-message-repository.ts'

const askedAtOnce = 200
const clockSkewMs = 60_000
/** Where a system lists what changed, old texts make it read far back: that is done now and then. */
const youngMs = 15 * 60_000
const deepEveryMs = 15 * 60_000
/** A report may come before the answer that tells the id of its text; one of a text of unknown outcome, much before. */
const mayComeEarlyMs = 5 * 60_000

/** What a system does not list by then, it does not have. */
const missingAfterMs = 15 * 60_000

/** After these the CRM will never take the status. */
const refusedForGood: ReadonlySet<string> = new Set([
  'not_found',
  'rejected',
  'forbidden',
  'dnd_active',
  'no_phone',
])

/** What became of texts: read from the system, told to the CRM once. */
export function createDeliveryService(parts: {
  messages: ProviderMessageRepository
  follow: Pick<MessageFollowRepository, 'takeOpen'>
  connections: Pick<ProviderConnectionRepository, 'find'>
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  conversations: Pick<ConversationsApi, 'setProviderStatus'>
  phoneOf: (message: ProviderMessage) => Promise<string | undefined>
  optedOut: (locationId: string, phone: string, source: CarrierName, at: Date) => Promise<void>
  /** May be called again for the same text. */
  deliveryFailed: (message: ProviderMessage) => Promise<void>
  queueTell: Follow
  /** What asking the system brought to light about its credentials. */
  troubled: (connection: StoredConnection, error: unknown) => Promise<boolean>
  now: () => number
  logger: Logger
}) {
  const { messages, connections, adapterOf, conversations, now, logger } = parts
  /** When this process last asked a connection's system about old texts, too. */
  const deepAt = new Map<string, number>()

  /** @returns whether it is of a text of ours */
  async function apply(locationId: string, carrier: CarrierName, report: DeliveryReport): Promise<boolean> {
    const message = await messages.findReported(locationId, carrier, report)
    if (!message) return false
    // Done before the state is stored, since that ends the following: after a crash in between, both run again.
    if (report.isOptOut && message.state !== 'failed') {
      const phone = await parts.phoneOf(message)
      if (phone !== undefined) await parts.optedOut(locationId, phone, carrier, new Date(now()))
    }
    const { providerMessageId, state, raw, reason } = report
    const isFinal = state === 'delivered' || state === 'failed'
    await messages.report(
      message,
      state,
      { providerMessageId, raw, reason: state === 'failed' ? reason : null },
      isFinal ? parts.queueTell : async () => {},
    )
    return true
  }

  /**
   * A report as the system's webhook brought it.
   * @throws {AppError} `not_found`, retryable, where its text may be about to be written down
   */
  async function reported(
    locationId: string,
    carrier: CarrierName,
    report: DeliveryReport,
    receivedAt: Date,
  ): Promise<void> {
    if (await apply(locationId, carrier, report)) return
    if (now() - receivedAt.getTime() > mayComeEarlyMs) return
    if (await messages.mayBeUnderWay(locationId, carrier)) {
      throw new AppError('not_found', 'A delivery report came before its text was written down.', {
        retryable: true,
      })
    }
  }

  /**
   * Asks the system about what is open and due.
   * @returns whether there was anything
   */
  async function poll(locationId: string, carrier: CarrierName): Promise<boolean> {
    const connection = await connections.find(locationId, carrier)
    if (connection?.status !== 'active') return false
    const isDeep = (deepAt.get(connection.id) ?? -Infinity) + deepEveryMs <= now()
    const createdAfter = new Date(isDeep ? 0 : now() - youngMs)
    const open = await parts.follow.takeOpen(locationId, carrier, { createdAfter, limit: askedAtOnce })
    if (open.length === 0) return false
    if (open.some(({ createdAt }) => now() - createdAt.getTime() > youngMs)) deepAt.set(connection.id, now())
    const providerMessageIds = open.flatMap((message) => message.providerMessageId ?? [])
    const since = Math.min(...open.map(({ createdAt }) => createdAt.getTime())) - clockSkewMs
    try {
      const reports = await adapterOf(connection).readReports({ providerMessageIds, since: new Date(since) })
      for (const report of reports) await apply(locationId, carrier, report)
      for (const message of open) if (isMissing(message)) await endUnconfirmed(message)
    } catch (error) {
      // It is asked again a little later.
      if (!(await parts.troubled(connection, error))) {
        logger.warn({ err: error, locationId, carrier }, 'a system could not be asked what became of texts')
      }
    }
    return true
  }

  /** Of unknown outcome for so long that its system, which was asked just now, should list it. */
  const isMissing = ({ state, startedAt, createdAt }: ProviderMessage): boolean =>
    state === 'unknown' && now() - (startedAt ?? createdAt).getTime() > missingAfterMs

  /** It is told as failed, for nothing more is to come: people see it, and look before they send it again. */
  async function endUnconfirmed({ id, carrier }: ProviderMessage): Promise<void> {
    const title = carrier === null ? 'The system' : carrierTitles[carrier]
    const reason = `It is not known whether this text left: ${title} never confirmed it. Look there before you send it again.`
    const fields = { state: 'failed' as const, raw: 'NOT_CONFIRMED', reason, isRepeatable: false }
    await messages.move(id, ['unknown'], fields, parts.queueTell)
  }

  /** Tells the CRM how a text ended. */
  async function tell(locationId: string, id: number): Promise<void> {
    const message = await messages.find(locationId, id)
    const status = message && statusOf(message)
    if (!message || !status || message.toldState !== null) return
    try {
      await conversations.setProviderStatus(locationId, message.messageId, status)
    } catch (error) {
      if (!(error instanceof AppError) || !refusedForGood.has(error.code)) throw error
      logger.warn({ err: error, locationId, messageId: message.messageId }, 'the CRM does not take a status')
    }
    if (message.state === 'failed') await parts.deliveryFailed(message)
    await messages.markTold(id, message.state)
  }

  return { reported, poll, endUnconfirmed, tell }
}

function statusOf({ state, reason, raw }: ProviderMessage): ProviderStatus | undefined {
  if (state === 'delivered') return { status: 'delivered' }
  if (state !== 'failed') return undefined
  const message = reason ?? 'The text was not delivered.'
  return { status: 'failed', error: { code: raw ?? 'FAILED', type: 'provider', message } }
}
