import { z } from 'zod'
import { isE164 } from '../../shared/phone-numbers.ts'
import type { BulksmsSettings } from '../../shared/provider-contract.ts'
import { countSmsSegments } from '../../shared/sms-segments.ts'
import { credentialsRefused, isSuccess, problemOf } from './bulksms-http.ts'
import { bulksmsMessageSchema, phoneFromBulksms } from './bulksms-records.ts'
import { parseWithTextIds } from './long-ids.ts'
import type { OutboundText, RefusalReason, SendOutcome } from './provider-adapter.ts'
import { type ProviderAnswer, type ProviderHttp, ProviderTransportError } from './provider-http.ts'

/** What happens to a longer text is documented nowhere, so it is not handed over. */
export const maxParts = 10
const maxUserSuppliedIdLength = 20
/** Calls too close to each other are said to be refused like this, without a word. */
const emptyRefusalRetryMs = 1_000

/** BulkSMS would put names of its own phone book, or nothing, in their place. */
const placeholder = /\{(?:[Ff]\d+|fn|sn)#*\}/

type Sender = Pick<BulksmsSettings, 'sender'>

/**
 * Sends one text. The caller has kept `dedupe.number` before: a submission with the same number inside about 12 hours
 * sends nothing more, so that what is unknown may be repeated by then.
 * @see https://www.bulksms.com/developer/json/v1/#tag/Message/paths/~1messages/post
 */
export async function sendByBulksms(
  http: ProviderHttp,
  { sender }: Sender,
  text: OutboundText,
): Promise<SendOutcome> {
  const flaw = flawOf(text)
  if (flaw) return flaw
  try {
    const answer = await http.exchange({
      method: 'POST',
      path: '/messages',
      query: { 'auto-unicode': true, 'deduplication-id': text.dedupe.number },
      body: [entryOf(text, sender)],
    })
    return isSuccess(answer) ? acceptedBy(answer, text.to) : refusedBy(answer)
  } catch (error) {
    if (!(error instanceof ProviderTransportError)) throw error
    return error.wasWritten ? repeatable : notSent(null)
  }
}

const repeatable: SendOutcome = { kind: 'unknown', isRepeatable: true }

const notSent = (retryAfterMs: number | null): SendOutcome => ({
  kind: 'not_sent',
  retryAfterMs,
  message: 'BulkSMS does not take texts right now.',
})

const refused = (reason: RefusalReason, message: string): SendOutcome => ({
  kind: 'refused',
  reason,
  message,
})

/** One bad entry makes the whole request fail without saying which: it is looked at before. */
function flawOf({ to, text, mediaUrls }: OutboundText): SendOutcome | undefined {
  if (!isE164(to)) return refused('bad_number', 'This is not a phone number that BulkSMS can text.')
  if (mediaUrls.length > 0) return refused('rejected', 'BulkSMS carries words only, no pictures or files.')
  const { segments } = countSmsSegments(text)
  if (segments === 0) return refused('rejected', 'This text is empty.')
  if (segments > maxParts) {
    return refused(
      'rejected',
      `This text is too long for BulkSMS: it takes up to ${maxParts} parts of an SMS.`,
    )
  }
  return placeholder.test(text)
    ? refused(
        'rejected',
        'BulkSMS would change this text: it reads words in {braces} as its own placeholders.',
      )
    : undefined
}

/** One entry for each person, so that each has an id of ours. */
function entryOf({ to, text, contactId }: OutboundText, sender: string | null) {
  return {
    to,
    body: text,
    from: senderOf(sender),
    longMessageMaxParts: maxParts,
    ...(contactId.length <= maxUserSuppliedIdLength ? { userSuppliedId: contactId } : {}),
  }
}

/** A bare text of digits would be read as a whole number, which a short code is not. */
function senderOf(sender: string | null) {
  if (sender === null) return { type: 'REPLIABLE' }
  return /^\d{1,6}$/.test(sender) ? { type: 'SHORTCODE', address: sender } : sender
}

const messagesSchema = z.array(bulksmsMessageSchema)

/** The order is not promised: ours is the one to that number. An unreadable answer can be asked for again. */
function acceptedBy({ text }: ProviderAnswer, to: string): SendOutcome {
  const messages = messagesSchema.safeParse(parseWithTextIds(text))
  if (!messages.success) return repeatable
  const own =
    messages.data.length === 1
      ? messages.data[0]
      : messages.data.find((message) => phoneFromBulksms(message.to) === to)
  return own ? { kind: 'accepted', providerMessageId: own.id } : repeatable
}

function refusedBy(answer: ProviderAnswer): SendOutcome {
  const { status, text, retryAfterMs } = answer
  if (status >= 500 || status === 408) return repeatable
  if (status === 429) return notSent(retryAfterMs)
  if (status === 400 && text.trim() === '') return notSent(emptyRefusalRetryMs)
  if (status < 400) return notSent(null)
  if (status === 401) return refused('credentials', credentialsRefused)
  if (status === 403 && problemOf(answer) === 'insufficient-credits') {
    return refused('no_credits', 'There are no BulkSMS credits left. Buy credits in BulkSMS.')
  }
  return refused('rejected', 'BulkSMS refused this text: check the number and the sender.')
}
