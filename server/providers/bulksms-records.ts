import { z } from 'zod'
import { isE164 } from '../../shared/phone-numbers.ts'
import type { DeliveryReport, DeliveryState, InboundText, ProviderEvent } from './provider-adapter.ts'

const word = z.string().nullish().catch(null)
/** Ids have 19 digits: too long ones come here as text, short ones as numbers. */
export const bulksmsId = z.union([z.string().min(1).max(100), z.int()]).transform(String)

/** A plain string in the list call and in most webhooks, an object in the webhooks' newer documentation. */
const party = z
  .union([z.string(), z.number(), z.object({ address: z.union([z.string(), z.number()]) })])
  .nullish()
  .catch(null)
  .transform((given) => String((typeof given === 'object' ? given?.address : given) ?? ''))

const bodySchema = z
  .union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)])
  .nullish()
  .catch(null)

/**
 * A message in either documented shape: flat with `status.type`, nested with `status.condition`.
 * @see https://www.bulksms.com/developer/webhooks/
 */
export const bulksmsMessageSchema = z.object({
  id: bulksmsId,
  /** `SENT` or `RECEIVED`; the nested shape has none. */
  type: word,
  from: party,
  to: party,
  body: bodySchema,
  submission: z.object({ date: word }).nullish().catch(null),
  status: z
    .object({ id: word, type: word, subtype: word, condition: word, cause: word, date: word })
    .nullish()
    .catch(null),
  userSuppliedId: word,
  /** Of a reply to a text whose sender can be replied to: the latest that went to that phone. */
  relatedSentMessageId: bulksmsId.nullish().catch(null),
})
export type BulksmsMessage = z.output<typeof bulksmsMessageSchema>

/** @returns E.164; null for senders that are no phone: names and short codes */
export function phoneFromBulksms(address: string): string | null {
  const phone = `+${address.trim().replace(/^\+/, '')}`
  return isE164(phone) ? phone : null
}

/** Digits alone, as its own answers have them. */
export const phoneToBulksms = (phone: string): string => phone.replace(/^\+/, '')

const states: ReadonlyMap<string, DeliveryState> = new Map([
  ['ACCEPTED', 'accepted'],
  ['SCHEDULED', 'accepted'],
  ['SENT', 'sent'],
  ['DELIVERED', 'delivered'],
  ['FAILED', 'failed'],
])

const reasons: ReadonlyMap<string, string> = new Map([
  ['EXPIRED', 'The phone could not be reached in time.'],
  ['HANDSET_ERROR', 'The phone did not take the text.'],
  ['BLOCKED', 'This person has opted out: BulkSMS blocks the number.'],
  ['NOT_SENT', 'BulkSMS has no way to this number.'],
])

/** Words that are not listed stay what they are: the state is then unknown. */
export function reportFrom({ id, status, submission }: BulksmsMessage): DeliveryReport {
  const type = (status?.type ?? status?.condition ?? '').trim().toUpperCase()
  const state = states.get(type) ?? 'unknown'
  const why = whyOf(status)
  return {
    providerMessageId: id,
    dedupeText: null,
    state,
    raw: rawOf(status),
    reason: state === 'failed' ? (reasons.get(why) ?? 'BulkSMS could not deliver the text.') : null,
    isOptOut: state === 'failed' && why === 'BLOCKED',
    // Only the nested shape tells when the state began; the submission's date is earlier than any of them.
    at: timeFrom(status?.date) ?? (state === 'accepted' ? timeFrom(submission?.date) : null),
  }
}

/** The subtype; the nested shape has free words in its place. */
function whyOf(status: BulksmsMessage['status']): string {
  const subtype = (status?.subtype ?? '').trim().toUpperCase()
  if (subtype !== '') return subtype
  const cause = (status?.cause ?? '').toUpperCase()
  return [...reasons.keys()].find((known) => new RegExp(`\\b${known}\\b`).test(cause)) ?? ''
}

function rawOf(status: BulksmsMessage['status']): string {
  const known = status?.id ?? ''
  if (known !== '') return known.slice(0, 200)
  const parts = [status?.type ?? status?.condition, status?.subtype ?? status?.cause]
  return parts
    .filter((part) => part)
    .join('.')
    .slice(0, 200)
}

/** What a person texts to be left alone. BulkSMS names STOP alone; carriers know the others, too. */
const stopWords = new Set(['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT'])

const isStop = (text: string): boolean =>
  stopWords.has(
    text
      .trim()
      .replace(/[.!]+$/, '')
      .toUpperCase(),
  )

/** A reply, and the opt-out that it is where it says so: there is no webhook for opt-outs. */
export function inboundEventsFrom(message: BulksmsMessage): ProviderEvent[] {
  const phone = phoneFromBulksms(message.from)
  if (phone === null) return [{ kind: 'other', type: 'RECEIVED from no phone' }]
  if (typeof message.body !== 'string') return [{ kind: 'other', type: 'RECEIVED without text' }]
  const at = timeFrom(message.submission?.date)
  const inbound: InboundText = {
    providerMessageId: message.id,
    from: phone,
    to: phoneFromBulksms(message.to),
    text: message.body,
    mediaUrls: [],
    answersMessageId: message.relatedSentMessageId ?? null,
    at,
  }
  const told: ProviderEvent = { kind: 'inbound', ...inbound }
  return isStop(message.body) ? [told, { kind: 'opt_out', phone, at }] : [told]
}

/** Date-times always hold an offset; anything else is none. */
function timeFrom(text: string | null | undefined): Date | null {
  if (!text || !/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text)) return null
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? null : at
}
