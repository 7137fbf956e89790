import type { CarrierName } from '../../shared/provider-contract.ts'
import type { Logger } from '../logger.ts'
import { capabilitiesOf } from './adapter-factory.ts'
import { areCredentialsRefused, credentialsRefused } from './connection-words.ts'
import type { InboundRepository } from './inbound-repository.ts'
import type { MessageFollowRepository } from './message-follow-repository.ts'
import { repeatableForMs } from './outbound-service.ts'
import type { ProviderAdapter } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'
import type { ProviderMessage } from './provider-message-repository.ts'

/** Longer than any call and its recording take. */
const staleAfterMs = 90_000
/** No system that can drop a repeat does so for longer; and nobody waits for such a text any more. */
const unconfirmedMs = 12 * 3_600_000
const atOnce = 200

/** What keeps texts moving though a process died or a job was lost, and connections in good health. */
export function createProviderUpkeep(parts: {
  messages: MessageFollowRepository
  inbound: InboundRepository
  connections: Pick<
    ProviderConnectionRepository,
    'listActive' | 'listBroken' | 'markBroken' | 'markFine' | 'setCredits'
  >
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  queueSend: (message: ProviderMessage) => Promise<void>
  queueTell: (message: ProviderMessage) => Promise<void>
  /** Its outcome stays unknown. */
  endUnconfirmed: (message: ProviderMessage) => Promise<void>
  queueDelivery: (locationId: string, inboundId: number) => Promise<void>
  queuePoll: (locationId: string, carrier: CarrierName) => Promise<void>
  queueOptOutRead: (locationId: string, carrier: CarrierName) => Promise<void>
  queueReplyRead: (locationId: string, carrier: CarrierName) => Promise<void>
  /** Their threads are looked at, too: posts of the CRM do get lost. */
  keepCompared: (locationIds: string[]) => Promise<void>
  now: () => number
  logger: Logger
}) {
  const { messages, inbound, connections, adapterOf, now, logger } = parts
  const repeatable = (Object.keys(repeatableForMs) as CarrierName[]).filter(
    (carrier) => repeatableForMs[carrier] !== null,
  )

  /** Each minute. */
  async function follow(): Promise<void> {
    await messages.abandonStale(now() - staleAfterMs, repeatable)
    const unconfirmed = await messages.listUnconfirmed(new Date(now() - unconfirmedMs), atOnce)
    for (const message of unconfirmed) await parts.endUnconfirmed(message)
    for (const message of await messages.takeForgotten(atOnce)) {
      const isEnded = message.state === 'delivered' || message.state === 'failed'
      await (isEnded ? parts.queueTell(message) : parts.queueSend(message))
    }
    for (const { id, locationId } of await inbound.takeForgotten(atOnce)) {
      await parts.queueDelivery(locationId, id)
    }
    for (const { locationId, carrier } of await messages.listOpenCarriers()) {
      await parts.queuePoll(locationId, carrier)
    }
  }

  /**
   * Marks a connection whose credentials are refused.
   * @returns whether that is what the error says
   */
  async function troubled(connection: StoredConnection, error: unknown): Promise<boolean> {
    if (!areCredentialsRefused(error)) return false
    await connections.markBroken(connection, credentialsRefused(connection.carrier))
    return true
  }

  /** What was broken heals where the system takes the credentials again, and has credits where it counts them. */
  async function check(connection: StoredConnection): Promise<void> {
    try {
      const { credits } = await adapterOf(connection).checkCredentials()
      await connections.setCredits(connection.id, credits)
      if (connection.status === 'broken' && (credits === null || credits > 0)) {
        await connections.markFine(connection.id)
      }
    } catch (error) {
      if (connection.status === 'active') await troubled(connection, error)
      const { locationId, carrier } = connection
      logger.warn({ err: error, locationId, carrier }, 'another system could not be asked for its account')
    }
  }

  return {
    follow,
    troubled,

    async checkAll(): Promise<void> {
      for (const connection of await connections.listActive()) await check(connection)
      for (const connection of await connections.listBroken()) await check(connection)
    },

    async readAllReplies(): Promise<void> {
      const active = await connections.listActive()
      for (const { locationId, carrier } of active) await parts.queueReplyRead(locationId, carrier)
      const carrying = active.filter(({ settings }) => settings.conversationProviderId !== null)
      await parts.keepCompared(carrying.map(({ locationId }) => locationId))
    },

    async readAllOptOuts(): Promise<void> {
      for (const connection of await connections.listActive()) {
        if (!capabilitiesOf[connection.carrier].has('optOutRead')) continue
        await parts.queueOptOutRead(connection.locationId, connection.carrier)
      }
    },
  }
}
