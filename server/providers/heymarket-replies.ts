import { readHeymarketMessages } from './heymarket-messages.ts'
import { type HeymarketMessage, phoneFromHeymarket, timeFromHeymarket } from './heymarket-records.ts'
import type { InboundText } from './provider-adapter.ts'
import type { ProviderHttp } from './provider-http.ts'

/** 3,000 messages. */
const maxPages = 100
/** By how much the times of a message and of its conversation may differ. */
const sameTimeMs = 2_000

type Inbox = { inboxId: number }

/** A message that came in, whether a webhook brought it or the list; undefined where it is of another inbox, or no text. */
export function inboundTextOf(message: HeymarketMessage, { inboxId }: Inbox): InboundText | undefined {
  const { id, phone, target, conversation, text, media, date } = message
  const isElsewhere = typeof conversation?.inbox === 'number' && conversation.inbox !== inboxId
  const from =
    phoneFromHeymarket(target) ?? phoneFromHeymarket(phone) ?? phoneFromHeymarket(conversation?.target ?? '')
  if (from === null || isElsewhere) return undefined
  return {
    providerMessageId: id,
    from,
    to: null,
    text,
    mediaUrls: [media ?? []].flat().filter(isWebAddress),
    answersMessageId: null,
    at: timeFromHeymarket(date),
  }
}

const isWebAddress = (text: string): boolean => /^https?:\/\//.test(text) && URL.canParse(text)

/**
 * A webhook may be lost, so the list of messages is read, too. It does not say which way a message went: one that came
 * in has no member, no `local_id` and no broadcast, and is not later than the last that its conversation got.
 */
export async function readHeymarketReplies(
  http: ProviderHttp,
  inbox: Inbox,
  since: Date,
): Promise<InboundText[]> {
  const replies: InboundText[] = []
  for await (const message of readHeymarketMessages(http, { order: 'created_at', maxPages })) {
    const at = timeFromHeymarket(message.date)
    if (at && at < since) break
    const reply = at && cameIn(message, at) ? inboundTextOf(message, inbox) : undefined
    if (reply) replies.push(reply)
  }
  return replies.toReversed()
}

function cameIn({ user, broadcast_id, local_id, conversation }: HeymarketMessage, at: Date): boolean {
  const lastInbound = timeFromHeymarket(conversation?.last_inbound ?? '')
  const isOurs = Boolean(user) || Boolean(broadcast_id) || local_id !== ''
  return !isOurs && lastInbound !== null && at.getTime() <= lastInbound.getTime() + sameTimeMs
}
