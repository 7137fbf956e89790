import { z } from 'zod'
import type { OutboundText } from './provider-adapter.ts'
import type { ProviderMessage } from './provider-message-repository.ts'

/** A text that comes much later than it was written does more harm than none. */
export const sentWithinMs = 3_600_000
export const cameTooLate =
  'This text was written more than an hour before it could be sent, so it was not. Send it again if it still holds.'

const text = z.string().nullish().catch(null)
/** Its address; null where it is not to be found. */
const attachment = z
  .union([z.string(), z.object({ url: z.string() }).transform(({ url }) => url)])
  .nullable()
  .catch(null)
const attachments = z
  .union([z.array(attachment), z.string().transform((url): (string | null)[] => (url === '' ? [] : [url]))])
  .nullish()
  .catch(null)
/** A text as the CRM posts it to its conversation provider. */
export const postedSchema = z.object({
  type: text,
  messageId: z.string().min(1).max(64),
  contactId: z.string().min(1).max(64),
  phone: text,
  message: text,
  attachments,
  conversationProviderId: text,
})
export type Posted = z.infer<typeof postedSchema>

export function outboundText(message: ProviderMessage, posted: Posted, to: string): OutboundText {
  return {
    to,
    text: posted.message ?? '',
    mediaUrls: posted.attachments?.filter((url) => url !== null) ?? [],
    dedupe: { text: message.dedupeText, number: message.dedupeNumber },
    contactId: message.contactId,
  }
}
