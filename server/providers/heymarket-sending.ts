import { z } from 'zod'
import { AppError } from '../errors.ts'
import { askHeymarket } from './heymarket-http.ts'
import { readHeymarketMessages } from './heymarket-messages.ts'
import { heymarketMessageSchema, phoneFromHeymarket, phoneToHeymarket } from './heymarket-records.ts'
import { parseWithTextIds } from './long-ids.ts'
import type { OutboundText, RefusalReason, SendOutcome } from './provider-adapter.ts'
import { type ProviderAnswer, type ProviderHttp, ProviderTransportError } from './provider-http.ts'

export type HeymarketSender = { inboxId: number; creatorId: number }

/** Of its templates; an older text of its documents fills them in plain texts, too. */
const placeholder = /\{\{\s*\w+\s*\}\}/

type Parts = { http: ProviderHttp; sender: HeymarketSender; random: () => number }

/** Of the limit of calls a minute; how long it lasts is not told with a 429. */
const rateWindowMs = 60_000
/** A text whose answer was lost just now is among the newest. */
const lookBackPages = 3

/**
 * Sends one text. That a repeat with the same `local_id` is dropped is promised for lists alone: what may have gone out
 * is looked for by it, and is never sent again from here.
 * @see https://developers.heymarket.com/api-reference/messages/send
 */
export async function sendByHeymarket(parts: Parts, text: OutboundText): Promise<SendOutcome> {
  const flaw = flawOf(text)
  if (flaw) return flaw
  let answer: ProviderAnswer
  try {
    answer = await parts.http.exchange({
      method: 'POST',
      path: '/v1/message/send',
      body: bodyOf(text, parts.sender),
    })
  } catch (error) {
    if (!(error instanceof ProviderTransportError)) throw error
    return error.wasWritten ? lookFor(parts, text) : notSent(null)
  }
  const outcome = await outcomeOf(parts, text, answer)
  return outcome.kind === 'accepted' ? outcome : { ...outcome, requestId: answer.requestId }
}

async function outcomeOf(parts: Parts, text: OutboundText, answer: ProviderAnswer): Promise<SendOutcome> {
  const { status, retryAfterMs } = answer
  if (status === 401) {
    return refused('credentials', 'Heymarket does not accept the Secret ID and Secret Key any more.')
  }
  if (status === 403) {
    return refused('rejected', 'Heymarket does not let this member send from this inbox. Choose both anew.')
  }
  if (status === 429) return notSent(retryAfterMs ?? rateWindowMs * (0.5 + parts.random() / 2))
  if (status >= 400 && status < 500 && status !== 408) return explained(parts.http, text)
  const id = status >= 200 && status < 300 ? idOf(answer) : undefined
  return id === undefined ? lookFor(parts, text) : { kind: 'accepted', providerMessageId: id }
}

const notSent = (retryAfterMs: number | null): SendOutcome => ({
  kind: 'not_sent',
  retryAfterMs,
  message: 'Heymarket does not take texts right now.',
})

const refused = (reason: RefusalReason, message: string): SendOutcome => ({
  kind: 'refused',
  reason,
  message,
})

function flawOf({ to, text, mediaUrls }: OutboundText): SendOutcome | undefined {
  if (phoneFromHeymarket(to) !== to) {
    return refused('bad_number', 'This is not a phone number that Heymarket can text.')
  }
  if (mediaUrls.length > 1) return refused('rejected', 'Heymarket takes one attachment with a text.')
  if (text.trim() === '' && mediaUrls.length === 0) return refused('rejected', 'This text is empty.')
  return placeholder.test(text)
    ? refused('rejected', 'Heymarket may change this text: it fills {{words}} in double braces by itself.')
    : undefined
}

function bodyOf({ to, text, mediaUrls, dedupe }: OutboundText, { inboxId, creatorId }: HeymarketSender) {
  return {
    inbox_id: inboxId,
    creator_id: creatorId,
    phone_number: phoneToHeymarket(to),
    ...(text === '' ? {} : { text }),
    ...(mediaUrls[0] === undefined ? {} : { media_url: mediaUrls[0] }),
    local_id: dedupe.text,
  }
}

function idOf({ text }: ProviderAnswer): string | undefined {
  return heymarketMessageSchema.safeParse(parseWithTextIds(text)).data?.id
}

/** Not to be found does not mean that it was not sent: it may still be under way. */
async function lookFor({ http }: Parts, { dedupe }: OutboundText): Promise<SendOutcome> {
  try {
    const newest = readHeymarketMessages(http, { order: 'created_at', maxPages: lookBackPages })
    for await (const message of newest) {
      if (message.local_id === dedupe.text) return { kind: 'accepted', providerMessageId: message.id }
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
  return { kind: 'unknown', isRepeatable: false }
}

const statusSchema = z.object({
  unsubscribed: z.boolean().nullish(),
  blocked: z.boolean().nullish(),
})

/** What the body of a refusal looks like is not documented, so the contact is asked for instead. */
async function explained(http: ProviderHttp, { to }: OutboundText): Promise<SendOutcome> {
  const plain = refused('rejected', 'Heymarket refused this text: check the number, inbox and member.')
  try {
    const body = { phone: phoneToHeymarket(to) }
    const call = { method: 'POST' as const, path: '/v1/contact/status', body, effect: 'read' as const }
    const { unsubscribed, blocked } = await askHeymarket(http, call, statusSchema)
    if (unsubscribed) return refused('opted_out', 'This person opted out of texts in Heymarket.')
    return blocked ? refused('opted_out', 'This person is blocked in Heymarket.') : plain
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return plain
  }
}
