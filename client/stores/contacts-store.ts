import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { ContactSummary } from '../../shared/contact-contract.ts'
import type { Conversation } from '../../shared/conversation-contract.ts'
import { ApiError, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'

/** One line of the list, whether it came from a search or from the recent conversations. */
export type ContactRow = {
  id: string
  name: string
  detail: string
  /** The last thing said was ours. */
  isOwnMessage: boolean
  /** ISO 8601 of the last message, where known. */
  at: string | null
  unreadCount: number
}

export type ListState =
  | { status: 'loading' }
  | { status: 'ready' }
  | { status: 'loading_more' }
  | { status: 'error'; error: ApiError }

function rowOfContact(contact: ContactSummary): ContactRow {
  const detail = contact.phoneDisplay ?? contact.email ?? ''
  return { id: contact.id, name: contact.name, detail, isOwnMessage: false, at: null, unreadCount: 0 }
}

function rowOfConversation(conversation: Conversation): ContactRow {
  return {
    id: conversation.contactId,
    name: conversation.name,
    detail: conversation.lastMessageBody ?? conversation.phoneDisplay ?? '',
    isOwnMessage: conversation.lastMessageDirection === 'outbound',
    at: conversation.lastMessageAt,
    unreadCount: conversation.unreadCount,
  }
}

/** Where the keyboard goes when a contact opens: to writing, or nowhere in particular while browsing. */
export type OpenFocus = 'message' | 'heading'

const debounceMs = 150

/** What a search text asks for: `#name` the contacts with that tag; null asks for the recent conversations. */
export function filterOf(query: string): { query: string } | { tag: string } | null {
  const text = query.trim()
  if (!text.startsWith('#')) return text ? { query: text } : null
  const tag = text.slice(1).trim().toLowerCase()
  return tag ? { tag } : null
}

const spokenAtMs = ({ at }: ContactRow) => Date.parse(at ?? '') || 0

/** The CRM's list may lag behind what was just said here: the later words stay. */
function withLaterWords(fresh: readonly ContactRow[], known: readonly ContactRow[]): ContactRow[] {
  const rows = new Map(known.map((row) => [row.id, row]))
  const merged = fresh.map((row) => {
    const before = rows.get(row.id)
    return before?.isOwnMessage && spokenAtMs(before) > spokenAtMs(row)
      ? { ...row, detail: before.detail, isOwnMessage: true, at: before.at }
      : row
  })
  const isSame = merged.every((row, index) => row === fresh[index])
  return isSame ? merged : merged.sort((a, b) => spokenAtMs(b) - spokenAtMs(a))
}

/**
 * The first page anew, and of the rows loaded before those that come after it. What was as recent as the page and is
 * not in it is no conversation any more.
 */
export function withFirstPage(
  known: readonly ContactRow[],
  fresh: readonly ContactRow[],
  hasMore: boolean,
): ContactRow[] {
  const first = withLaterWords(fresh, known)
  const last = fresh.at(-1)
  if (!hasMore || !last) return first
  const ids = new Set(fresh.map(({ id }) => id))
  return [...first, ...known.filter((row) => !ids.has(row.id) && spokenAtMs(row) <= spokenAtMs(last))]
}

/** The list on the left: recent conversations, or what a search finds. */
export const useContactsStore = defineStore('contacts', () => {
  const api = useApi()
  const query = ref('')
  /** The search the rows on screen belong to. */
  const shownQuery = ref('')
  const rows = shallowRef<ContactRow[]>([])
  const nextCursor = ref<string | null>(null)
  const state = shallowRef<ListState>({ status: 'loading' })
  const focusOnOpen = ref<OpenFocus>('message')
  let running = new AbortController()
  let pending: ReturnType<typeof setTimeout> | undefined

  async function fetchPage(cursor: string | undefined, signal: AbortSignal) {
    const filter = filterOf(query.value)
    if (filter === null) {
      const answer = await api.listConversations({ cursor, signal })
      return { rows: answer.conversations.map(rowOfConversation), nextCursor: answer.nextCursor }
    }
    const answer = await api.searchContacts({ ...filter, cursor, signal })
    return { rows: answer.contacts.map(rowOfContact), nextCursor: answer.nextCursor }
  }

  async function load(cursor?: string): Promise<void> {
    clearTimeout(pending)
    running.abort()
    running = new AbortController()
    const { signal } = running
    const asked = query.value
    state.value = { status: cursor ? 'loading_more' : 'loading' }
    try {
      const page = await fetchPage(cursor, signal)
      if (signal.aborted) return
      const known = new Set(cursor ? rows.value.map((row) => row.id) : [])
      const fresh = page.rows.filter((row) => !known.has(row.id))
      rows.value = cursor ? [...rows.value, ...fresh] : fresh
      nextCursor.value = page.nextCursor
      shownQuery.value = asked
      state.value = { status: 'ready' }
    } catch (thrown) {
      if (!signal.aborted) state.value = { status: 'error', error: toApiError(thrown) }
    }
  }

  /** What was said elsewhere, without a sign of loading; a search that is shown or under way stays as it is. */
  async function refreshRecent(): Promise<void> {
    if (state.value.status === 'loading_more') throw new ApiError({ code: 'cancelled' })
    const isShown = state.value.status === 'ready' && query.value === shownQuery.value
    if (!isShown || filterOf(query.value) !== null) return
    const { signal } = running
    const page = await fetchPage(undefined, signal)
    if (signal.aborted) return
    const isWhole = rows.value.length <= page.rows.length
    rows.value = withFirstPage(rows.value, page.rows, page.nextCursor !== null)
    if (isWhole || page.nextCursor === null) nextCursor.value = page.nextCursor
  }

  /** One's own words show in the list at once. */
  function said(contactId: string, body: string, at: string): void {
    if (filterOf(shownQuery.value) !== null) return
    const row = rows.value.find(({ id }) => id === contactId)
    if (!row || spokenAtMs(row) > Date.parse(at)) return
    const others = rows.value.filter((other) => other !== row)
    rows.value = [{ ...row, detail: body, isOwnMessage: true, at }, ...others]
  }

  function search(text: string): void {
    if (text === query.value) return
    query.value = text
    clearTimeout(pending)
    running.abort()
    state.value = { status: 'loading' }
    pending = setTimeout(() => void load(), debounceMs)
  }

  async function loadMore(): Promise<void> {
    if (state.value.status === 'ready' && nextCursor.value !== null) await load(nextCursor.value)
  }

  /** The row before or after a contact; for one that is not in the list, the first. */
  function neighbour(contactId: string | null, step: 1 | -1): ContactRow | undefined {
    const index = rows.value.findIndex((row) => row.id === contactId)
    return index === -1 ? rows.value[0] : rows.value[index + step]
  }

  return {
    query,
    shownQuery,
    rows,
    state,
    focusOnOpen,
    hasMore: computed(() => nextCursor.value !== null),
    isSearch: computed(() => filterOf(shownQuery.value) !== null),
    load,
    search,
    loadMore,
    refreshRecent,
    said,
    neighbour,
  }
})
