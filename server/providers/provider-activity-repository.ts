import { and, count, eq, gte, inArray, sql } from 'drizzle-orm'
import type { CarrierName, ProviderConnection } from '../../shared/provider-contract.ts'
import type { Db } from '../storage/database.ts'
import { providerInbound, providerMessages } from '../storage/provider-schema.ts'

type Recent = ProviderConnection['recent']
type MessageState = (typeof providerMessages.$inferSelect)['state']

export type ProviderActivityRepository = ReturnType<typeof createProviderActivityRepository>

export function createProviderActivityRepository({ db }: { db: Db }) {
  const inStates = (...states: MessageState[]) =>
    sql<number>`count(*) filter (where ${inArray(providerMessages.state, states)})`.mapWith(Number)

  return {
    /** What went and came through each system since then. */
    async countSince(locationId: string, since: Date): Promise<Map<CarrierName, Recent>> {
      const outbound = await db
        .select({
          carrier: providerMessages.carrier,
          sent: inStates('accepted', 'sent', 'delivered'),
          delivered: inStates('delivered'),
          failed: inStates('failed'),
        })
        .from(providerMessages)
        .where(and(eq(providerMessages.locationId, locationId), gte(providerMessages.createdAt, since)))
        .groupBy(providerMessages.carrier)
      const inbound = await db
        .select({ carrier: providerInbound.carrier, received: count() })
        .from(providerInbound)
        .where(and(eq(providerInbound.locationId, locationId), gte(providerInbound.receivedAt, since)))
        .groupBy(providerInbound.carrier)
      const counts = new Map<CarrierName, Recent>()
      for (const { carrier, ...out } of outbound) {
        if (carrier !== null) counts.set(carrier, { ...out, received: 0 })
      }
      for (const { carrier, received } of inbound) {
        counts.set(carrier, { ...(counts.get(carrier) ?? { sent: 0, delivered: 0, failed: 0 }), received })
      }
      return counts
    },
  }
}
