import { shownStamp } from './heymarket-stamps.ts'
import type { HeymarketState, HeymarketStoredMessage } from './heymarket-state.ts'

/** A message as its API and its webhooks tell it. */
export function messageShape(
  { state, behaviour }: { state: HeymarketState; behaviour: { wholeSeconds: boolean } },
  message: HeymarketStoredMessage,
): Record<string, unknown> {
  const { conversationId, isPrivate: _isPrivate, date, updated, ...fields } = message
  const shown = (stamp: string) => shownStamp(stamp, behaviour)
  const times = { date: shown(date), updated: shown(updated) }
  const conversation = state.conversations.find(({ id }) => id === conversationId)
  const last_inbound = conversation?.last_inbound ? shown(conversation.last_inbound) : null
  return {
    ...fields,
    ...times,
    author: '',
    link_url: '',
    broadcast_id: 0,
    flagged: false,
    ...(conversation ? { conversation: { ...conversation, last_inbound } } : {}),
  }
}
