import type { CarrierName } from '../../shared/provider-contract.ts'
import type { InboundText, ProviderAdapter } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

/** What came in about the time of the last look may have been listed only after it. */
const overlapMs = 10 * 60_000
/** Nobody is helped by a reply that comes later. */
const furthestMs = 3 * 24 * 3_600_000

/** Looks for replies whose webhook was lost; what is known already is not taken again. */
export function createMissedReplies(parts: {
  connections: Pick<ProviderConnectionRepository, 'find' | 'setRepliesReadAt'>
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  /** Takes each once. */
  take: (locationId: string, carrier: CarrierName, reply: InboundText) => Promise<void>
  troubled: (connection: StoredConnection, error: unknown) => Promise<boolean>
  now: () => number
}) {
  const { connections, adapterOf, now } = parts

  async function readSince(connection: StoredConnection, since: Date): Promise<void> {
    const { id, locationId, carrier, connectedAt } = connection
    const begunAt = new Date(now())
    for (const reply of await adapterOf(connection).readReplies(since)) {
      // What came before was answered elsewhere.
      if (reply.at === null || reply.at >= connectedAt) await parts.take(locationId, carrier, reply)
    }
    await connections.setRepliesReadAt(id, begunAt)
  }

  return async function readReplies(locationId: string, carrier: CarrierName): Promise<void> {
    const connection = await connections.find(locationId, carrier)
    if (connection?.status !== 'active') return
    const { connectedAt, repliesReadAt } = connection
    const last = (repliesReadAt ?? connectedAt).getTime() - overlapMs
    const since = new Date(Math.max(last, connectedAt.getTime(), now() - furthestMs))
    try {
      await readSince(connection, since)
    } catch (error) {
      if (!(await parts.troubled(connection, error))) throw error
    }
  }
}
