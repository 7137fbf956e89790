import { z } from 'zod'
import { heymarketMessageSchema, phoneFromHeymarket, timeFromHeymarket } from './heymarket-records.ts'
import { inboundTextOf } from './heymarket-replies.ts'
import { reportOf } from './heymarket-reports.ts'
import { parseWithTextIds } from './long-ids.ts'
import type { ProviderEvent, ProviderWebhook } from './provider-adapter.ts'

/** `id` is the webhook's, not the event's. An older text of the documents names the kind `event`: that is not read. */
const envelopeSchema = z.object({ type: z.string().min(1), event_data: z.unknown() })

/** The fields of an opt-out are not documented. */
const optOutSchema = z.object({
  phone: z.union([z.string(), z.number()]).optional().catch(undefined),
  target: z.union([z.string(), z.number()]).optional().catch(undefined),
  date: z.string().optional().catch(undefined),
})

/**
 * @param inboxId of the connection: other inboxes of the same team are other people's
 * @see https://developers.heymarket.com/api-reference/webhooks
 */
export function readHeymarketWebhook(
  { body }: ProviderWebhook,
  { inboxId }: { inboxId: number },
): ProviderEvent[] | undefined {
  const envelope = envelopeSchema.safeParse(parseWithTextIds(body.toString('utf8')))
  if (!envelope.success) return undefined
  const { type, event_data: data } = envelope.data
  return [eventOf(type, data, inboxId) ?? { kind: 'other', type: type.slice(0, 100) }]
}

function eventOf(type: string, data: unknown, inboxId: number): ProviderEvent | undefined {
  switch (type) {
    // Misspelt by the vendor; spelt right in an older text, and perhaps one day again.
    case 'message_recieved':
    case 'message_received':
      return inboundOf(data, inboxId)
    case 'message_sent': {
      const message = heymarketMessageSchema.safeParse(data)
      return message.success ? { kind: 'status', ...reportOf(message.data) } : undefined
    }
    case 'target_opt_out':
      return optOutOf('opt_out', data)
    case 'target_opt_in':
      return optOutOf('opt_in', data)
    default:
      return undefined
  }
}

function inboundOf(data: unknown, inboxId: number): ProviderEvent | undefined {
  const parsed = heymarketMessageSchema.safeParse(data)
  const text = parsed.success ? inboundTextOf(parsed.data, { inboxId }) : undefined
  return text && { kind: 'inbound', ...text }
}

function optOutOf(kind: 'opt_out' | 'opt_in', data: unknown): ProviderEvent | undefined {
  const parsed = optOutSchema.safeParse(data)
  if (!parsed.success) return undefined
  const { phone, target, date } = parsed.data
  const number = phoneFromHeymarket(String(phone ?? '')) ?? phoneFromHeymarket(String(target ?? ''))
  return number === null ? undefined : { kind, phone: number, at: date ? timeFromHeymarket(date) : null }
}
