import { failedMessageStatuses } from '../../shared/message-statuses.ts'
import type { TimelineItem, TimelineMessage } from '../../shared/timeline-contract.ts'
import type { SendMessage } from '../../shared/message-contract.ts'
import type { Attempt } from '../stores/drafts-store.ts'

/** Who says the same again within this time may have done so by mistake. */
const recentMs = 5 * 60_000
/** The CRM's clock may be behind the browser's by this much. */
const clockSkewMs = 2 * 60_000

/** The CRM may trim what it is given. */
const wordsOf = (text: string) => text.replaceAll('\r\n', '\n').trim()

/** The texts that say just this, oldest first. */
export function sameWords(items: readonly TimelineItem[], text: string): TimelineMessage[] {
  return items.filter(
    (item): item is TimelineMessage =>
      item.kind === 'message' && item.direction === 'outbound' && wordsOf(item.body) === wordsOf(text),
  )
}

/** The latest text that says just this and went out a moment ago. */
export function recentTwin(
  items: readonly TimelineItem[],
  text: string,
  nowMs: number,
): TimelineMessage | undefined {
  return sameWords(items, text).findLast(
    ({ at, status }) =>
      !failedMessageStatuses.includes(status) && Math.abs(nowMs - Date.parse(at)) < recentMs,
  )
}

/** The text in the conversation that an attempt can only have been itself. */
export function traceOf(
  items: readonly TimelineItem[],
  { payload, twinIds, startedAtMs }: Attempt<SendMessage>,
): TimelineMessage | undefined {
  return sameWords(items, payload.message).find(
    ({ id, at }) => !twinIds.includes(id) && Date.parse(at) >= startedAtMs - clockSkewMs,
  )
}
