import type { CarrierName } from '../../shared/provider-contract.ts'
import { storedEventSchema } from './carrier-event.ts'
import type { DeliveryReport, InboundText } from './provider-adapter.ts'

/** A webhook of another system, as the ledger keeps it. */
type LedgerEvent = { locationId: string | null; receivedAt: Date; payload: unknown }

/** Works on what other systems' webhooks brought. */
export function createCarrierEventService(parts: {
  reported: (
    locationId: string,
    carrier: CarrierName,
    report: DeliveryReport,
    receivedAt: Date,
  ) => Promise<void>
  received: (locationId: string, carrier: CarrierName, text: InboundText) => Promise<void>
  optedOut: (locationId: string, phone: string, source: CarrierName, at: Date) => Promise<void>
  optedIn: (locationId: string, phone: string, source: CarrierName, at: Date) => Promise<void>
  readSender: (locationId: string, phone: string) => Promise<string | undefined>
}) {
  return async function carrierTold({ locationId, receivedAt, payload }: LedgerEvent): Promise<void> {
    if (locationId === null) return
    const { carrier, event } = storedEventSchema.parse(payload)
    switch (event.kind) {
      case 'status':
        return parts.reported(locationId, carrier, event, receivedAt)
      case 'inbound':
        return parts.received(locationId, carrier, event)
      case 'opt_out':
      case 'opt_in': {
        const phone = await parts.readSender(locationId, event.phone)
        if (phone === undefined) return
        const change = event.kind === 'opt_out' ? parts.optedOut : parts.optedIn
        return change(locationId, phone, carrier, event.at ?? receivedAt)
      }
      case 'other':
    }
  }
}
