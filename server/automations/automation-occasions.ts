import { z } from 'zod'
import type { WebhookEvent } from '../webhooks/webhook-repository.ts'
import { type ContactFacts, factsOfWebhook } from './contact-facts.ts'

/** Something that happened to a contact at some time, as rules may wait for it. */
export type Occasion = { contactId: string; at: Date } & (
  | {
      of: 'contact'
      key: string
      facts: ContactFacts
      /** Tells nothing but do-not-disturb. */
      isPartial?: true
    }
  | { of: 'deletion' }
  | { of: 'message'; key: string; kind: 'delivery_failed' | 'reply' }
)

const contactTypes: ReadonlySet<string> = new Set([
  'ContactCreate',
  'ContactUpdate',
  'ContactTagUpdate',
  'ContactDndUpdate',
])
const failedStatuses: ReadonlySet<string> = new Set(['failed', 'undelivered'])
/** Whoever calls or writes an e-mail does not answer a text. */
const notTexts = /call|voicemail|email/i

const id = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .nullish()
  .catch(null)
const text = z.string().nullish().catch(null)
const contactSchema = z.object({ id })
const messageSchema = z.object({ contactId: id, messageId: id, status: text, messageType: text })

/** The same message has the same key, whoever tells of it. */
export const messageKey = (kind: 'delivery_failed' | 'reply', messageId: string): string =>
  `${kind}:${messageId}`

/** Reads a webhook of the platform; undefined for what no rule can wait for. */
export function occasionOf(event: WebhookEvent, at: Date): Occasion | undefined {
  if (contactTypes.has(event.type)) {
    const contactId = contactSchema.safeParse(event.payload).data?.id
    const facts = factsOfWebhook(event.payload)
    return contactId && facts
      ? { of: 'contact', contactId, at, key: `webhook:${event.id}`, facts }
      : undefined
  }
  if (event.type === 'ContactDelete') {
    const contactId = contactSchema.safeParse(event.payload).data?.id
    return contactId ? { of: 'deletion', contactId, at } : undefined
  }
  return messageOccasion(event, at)
}

function messageOccasion(event: WebhookEvent, at: Date): Occasion | undefined {
  const { contactId, messageId, status, messageType } = messageSchema.safeParse(event.payload).data ?? {}
  if (!contactId || !messageId || notTexts.test(messageType ?? '')) return undefined
  const isFailure = event.type === 'OutboundMessage' && failedStatuses.has(status ?? '')
  if (!isFailure && event.type !== 'InboundMessage') return undefined
  const kind = isFailure ? 'delivery_failed' : 'reply'
  return { of: 'message', contactId, at, key: messageKey(kind, messageId), kind }
}
