import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type CarrierName, carrierNames } from '../../shared/provider-contract.ts'
import type { ProviderEvent } from './provider-adapter.ts'

/** The type under which the ledger of webhooks keeps them. */
export const carrierEventType = 'CarrierEvent'

/** Without a time of its own, an event that says the same within this window is a repeat. */
const repeatWindowMs = 10 * 60_000

const time = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : new Date(text)))

const eventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    providerMessageId: z.string(),
    dedupeText: z.string().nullable(),
    state: z.enum(['accepted', 'sent', 'delivered', 'failed', 'unknown']),
    raw: z.string(),
    reason: z.string().nullable(),
    isOptOut: z.boolean(),
    at: time,
  }),
  z.object({
    kind: z.literal('inbound'),
    providerMessageId: z.string(),
    from: z.string(),
    to: z.string().nullable(),
    text: z.string(),
    mediaUrls: z.array(z.string()),
    answersMessageId: z.string().nullable(),
    at: time,
  }),
  z.object({ kind: z.enum(['opt_out', 'opt_in']), phone: z.string(), at: time }),
  z.object({ kind: z.literal('other'), type: z.string() }),
])

/** As it lies in the ledger. */
export const storedEventSchema = z.object({
  carrier: z.enum(carrierNames),
  event: eventSchema,
})

/**
 * What makes an event the same as another: an inbound text its id, all else all that it says. An opt-out without a time
 * is never taken for a repeat: there may have been an opt-in between the two.
 */
export function keyOfEvent(connectionId: string, event: ProviderEvent, nowMs: number): string {
  const windowMs = event.kind === 'opt_out' ? 1 : repeatWindowMs
  const window = 'at' in event && event.at === null ? Math.floor(nowMs / windowMs) : 0
  const what = event.kind === 'inbound' ? ['inbound', event.providerMessageId] : [event, window]
  const hash = createHash('sha256').update(JSON.stringify([connectionId, ...what]))
  return `carrier:${hash.digest('base64url')}`
}

export const storedEvent = (carrier: CarrierName, event: ProviderEvent) => ({ carrier, event })
