import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { openMessageStatuses } from '../../shared/message-statuses.ts'
import type { TimelineItem } from '../../shared/timeline-contract.ts'
import { type ApiError, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import { useSessionStore } from '../stores/session-store.ts'

export type TimelineState = { status: 'loading' } | { status: 'ready' } | { status: 'error'; error: ApiError }

export type OlderState = 'idle' | 'loading' | 'failed' | 'end'

/** A text whose status has not settled after this time is left alone: some carriers never report. */
const watchForMs = 15 * 60_000
const pollFirstMs = 2_000
const pollMostMs = 10_000

const keyOf = (item: TimelineItem) => `${item.kind}:${item.id}`

/** Oldest first, each item once; a later version of an item replaces the earlier. */
export function mergeTimeline(
  known: readonly TimelineItem[],
  fresh: readonly TimelineItem[],
): TimelineItem[] {
  const items = new Map(known.map((item) => [keyOf(item), item]))
  for (const item of fresh) items.set(keyOf(item), item)
  return [...items.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.id < b.id ? -1 : 1))
}

export function hasOpenMessage(items: readonly TimelineItem[], now: number): boolean {
  return items.some(
    (item) =>
      item.kind === 'message' &&
      item.direction === 'outbound' &&
      openMessageStatuses.includes(item.status) &&
      now - Date.parse(item.at) < watchForMs,
  )
}

/** Messages and notes of one contact; follows the status of texts that are on their way. */
export function useTimeline(contactId: string, now: () => number = Date.now) {
  const api = useApi()
  const session = useSessionStore()
  const items = shallowRef<TimelineItem[]>([])
  const state = shallowRef<TimelineState>({ status: 'loading' })
  const older = ref<OlderState>('idle')
  let olderCursor: string | null = null
  let poll: ReturnType<typeof setTimeout> | undefined
  let pollMs = pollFirstMs
  const life = new AbortController()

  function schedulePoll(): void {
    clearTimeout(poll)
    if (life.signal.aborted || document.hidden || !hasOpenMessage(items.value, now())) return
    poll = setTimeout(() => void refresh(), pollMs)
    pollMs = Math.min(pollMostMs, pollMs * 1.5)
  }

  /** The newest page again; its items replace what is known of them. */
  async function refresh(): Promise<void> {
    try {
      const answer = await api.listTimeline(contactId, { signal: life.signal })
      if (state.value.status !== 'ready') {
        olderCursor = answer.nextCursor
        older.value = olderCursor === null ? 'end' : 'idle'
      }
      items.value = mergeTimeline(items.value, answer.items)
      state.value = { status: 'ready' }
    } catch (thrown) {
      if (life.signal.aborted) return
      if (state.value.status !== 'ready') state.value = { status: 'error', error: toApiError(thrown) }
    }
    schedulePoll()
  }

  async function reload(): Promise<void> {
    state.value = { status: 'loading' }
    await refresh()
  }

  async function loadOlder(): Promise<void> {
    if (olderCursor === null || older.value === 'loading') return
    older.value = 'loading'
    try {
      const answer = await api.listTimeline(contactId, { cursor: olderCursor, signal: life.signal })
      items.value = mergeTimeline(answer.items, items.value)
      olderCursor = answer.nextCursor
      older.value = olderCursor === null ? 'end' : 'idle'
    } catch {
      if (!life.signal.aborted) older.value = 'failed'
    }
  }

  function upsert(item: TimelineItem): void {
    items.value = mergeTimeline(items.value, [item])
    pollMs = pollFirstMs
    schedulePoll()
  }

  function drop(kind: TimelineItem['kind'], id: string): void {
    items.value = items.value.filter((item) => item.kind !== kind || item.id !== id)
  }

  const onVisibility = () => {
    pollMs = pollFirstMs
    if (!document.hidden && state.value.status === 'ready') void refresh()
  }
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    life.abort()
    clearTimeout(poll)
    document.removeEventListener('visibilitychange', onVisibility)
  })

  watch(
    () => session.recoveries,
    () => void refresh(),
  )
  void refresh()

  return { items: computed(() => items.value), state, older, refresh, reload, loadOlder, upsert, drop }
}

export type Timeline = ReturnType<typeof useTimeline>
