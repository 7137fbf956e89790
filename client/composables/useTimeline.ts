import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type MessageStatus, openMessageStatuses } from '../../shared/message-statuses.ts'
import type { TimelineAnswer, TimelineItem } from '../../shared/timeline-contract.ts'
import { type ApiError, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import { useLiveStore } from '../stores/live-store.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { dropGoneNotes, mergeTimeline, withStatus } from './timeline-merge.ts'
import { useReconnect } from './useReconnect.ts'

export type TimelineState = { status: 'loading' } | { status: 'ready' } | { status: 'error'; error: ApiError }

export type OlderState = 'idle' | 'loading' | 'failed' | 'end'

/** A text whose status has not settled after this time is left alone: some carriers never report. */
const watchForMs = 15 * 60_000
const pollFirstMs = 2_000
const pollMostMs = 10_000
/** Where changes are told, asking is only for what was not told. */
const pollLiveMs = 10_000

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
  const live = useLiveStore()
  const items = shallowRef<TimelineItem[]>([])
  const state = shallowRef<TimelineState>({ status: 'loading' })
  const older = ref<OlderState>('idle')
  let olderCursor: string | null = null
  let poll: ReturnType<typeof setTimeout> | undefined
  let pollMs = pollFirstMs
  /** How often something was written here: the reader then wants to see it. */
  const written = ref(0)
  let reads = 0
  let shownRead = 0
  const life = new AbortController()

  function schedulePoll(): void {
    clearTimeout(poll)
    if (life.signal.aborted || document.hidden || !hasOpenMessage(items.value, now())) return
    poll = setTimeout(() => void refresh(), live.isOpen ? pollLiveMs : pollMs)
    pollMs = Math.min(pollMostMs, pollMs * 1.5)
  }

  function accept(answer: TimelineAnswer, before: readonly TimelineItem[]): void {
    if (state.value.status !== 'ready') {
      olderCursor = answer.nextCursor
      older.value = olderCursor === null ? 'end' : 'idle'
    }
    items.value = mergeTimeline(dropGoneNotes(items.value, before, answer), answer.items)
    state.value = { status: 'ready' }
  }

  /** The newest page again; its items replace what is known of them. An answer overtaken by a later one is dropped. */
  async function read(): Promise<void> {
    reads += 1
    const turn = reads
    const before = items.value
    const answer = await api.listTimeline(contactId, { signal: life.signal })
    if (turn < shownRead) return
    shownRead = turn
    accept(answer, before)
  }

  async function refresh(): Promise<void> {
    try {
      await read()
    } catch (thrown) {
      if (life.signal.aborted) return
      if (state.value.status !== 'ready') state.value = { status: 'error', error: toApiError(thrown) }
    }
    schedulePoll()
  }

  /** The same for what was told to have changed: rejects where it could not be read. */
  async function reread(): Promise<void> {
    if (state.value.status !== 'ready') return refresh()
    await read()
    schedulePoll()
  }

  /** A status told of; false where the message is not known here. */
  function takeStatus(messageId: string, status: MessageStatus): boolean {
    const changed = withStatus(items.value, messageId, status)
    if (changed === null) return false
    items.value = changed
    return true
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

  /** What was written here; a text that the conversation already shows has the later word of the two. */
  function upsert(item: TimelineItem): void {
    const isKnown = items.value.some(({ kind, id }) => kind === item.kind && id === item.id)
    if (!isKnown || item.kind === 'note') items.value = mergeTimeline(items.value, [item])
    written.value += 1
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
  useReconnect(() => void (state.value.status === 'error' ? reload() : refresh()))
  void refresh()

  return {
    items: computed(() => items.value),
    state,
    older,
    written,
    refresh,
    reread,
    takeStatus,
    reload,
    loadOlder,
    upsert,
    drop,
  }
}

export type Timeline = ReturnType<typeof useTimeline>
