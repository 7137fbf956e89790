import { isStatusProgress, isStatusSettled, type MessageStatus } from '../../shared/message-statuses.ts'
import type { TimelineAnswer, TimelineItem } from '../../shared/timeline-contract.ts'

const keyOf = (item: TimelineItem) => `${item.kind}:${item.id}`

/** An answer may be older than a status told meanwhile: what has settled does not become open again. */
function later(known: TimelineItem | undefined, fresh: TimelineItem): TimelineItem {
  if (known?.kind !== 'message' || fresh.kind !== 'message') return fresh
  const goesBack = isStatusSettled(known.status) && !isStatusSettled(fresh.status)
  return goesBack ? { ...fresh, status: known.status } : fresh
}

/** Oldest first, each item once; a later version of an item replaces the earlier. */
export function mergeTimeline(
  known: readonly TimelineItem[],
  fresh: readonly TimelineItem[],
): TimelineItem[] {
  const items = new Map(known.map((item) => [keyOf(item), item]))
  for (const item of fresh) items.set(keyOf(item), later(items.get(keyOf(item)), item))
  return [...items.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.id < b.id ? -1 : 1))
}

/**
 * Without the notes that were there before the page was read and are not in it although it reaches back that far:
 * somebody deleted them. A text stays, since the platform may show it a moment late.
 */
export function dropGoneNotes(
  known: readonly TimelineItem[],
  before: readonly TimelineItem[],
  { items, nextCursor }: TimelineAnswer,
): TimelineItem[] {
  const fresh = new Set(items.map(keyOf))
  const old = new Set(before.map(keyOf))
  const oldestMs = nextCursor === null ? -Infinity : Math.min(...items.map(({ at }) => Date.parse(at)))
  const isGone = (item: TimelineItem) =>
    item.kind === 'note' && old.has(keyOf(item)) && !fresh.has(keyOf(item)) && Date.parse(item.at) > oldestMs
  return known.filter((item) => !isGone(item))
}

/** How many items came in below the last one known, and whether any came or went above it. */
export function arrivals(
  before: readonly TimelineItem[],
  now: readonly TimelineItem[],
): { below: number; isChangedAbove: boolean } {
  const known = new Set(before.map(keyOf))
  const lastMs = Date.parse(before.at(-1)?.at ?? '')
  const fresh = now.filter((item) => !known.has(keyOf(item)))
  const below = fresh.filter(({ at }) => Date.parse(at) >= lastMs).length
  return { below, isChangedAbove: fresh.length > below || now[0]?.id !== before[0]?.id }
}

/** The items with a message's new status, which never goes back; null where the message is not among them. */
export function withStatus(
  items: readonly TimelineItem[],
  messageId: string,
  status: MessageStatus,
): TimelineItem[] | null {
  const isIt = (item: TimelineItem) => item.kind === 'message' && item.id === messageId
  if (!items.some(isIt)) return null
  return items.map((item) =>
    item.kind === 'message' && isIt(item) && isStatusProgress(item.status, status)
      ? { ...item, status }
      : item,
  )
}
