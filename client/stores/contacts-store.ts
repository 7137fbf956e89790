import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ApiError, toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import {
  type ContactRow,
  rowOfContact,
  rowOfConversation,
  spokenAtMs,
  withFirstPage,
} from './contact-rows.ts'
import { createRowOrder } from './row-order.ts'

export type ListState =
  | { status: 'loading' }
  | { status: 'ready' }
  | { status: 'loading_more' }
  /** `cursor`: of the page that was asked for; undefined for the first. */
  | { status: 'error'; error: ApiError; cursor: string | undefined }

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

/** The list on the left: recent conversations, or what a search finds. */
export const useContactsStore = defineStore('contacts', () => {
  const api = useApi()
  const query = ref('')
  /** The search the rows on screen belong to. */
  const shownQuery = ref('')
  const order = createRowOrder()
  const { rows, newestFirst } = order
  const nextCursor = ref<string | null>(null)
  const state = shallowRef<ListState>({ status: 'loading' })
  const focusOnOpen = ref<OpenFocus>('message')
  /** Pending while a row is pressed: one that moved away under the pointer would not be opened. */
  let letGo: Promise<void> | undefined
  let running = new AbortController()
  let pending: ReturnType<typeof setTimeout> | undefined

  async function fetchPage(cursor: string | undefined, signal: AbortSignal) {
    try {
      return await askForPage(cursor, signal)
    } finally {
      await letGo
    }
  }

  async function askForPage(cursor: string | undefined, signal: AbortSignal) {
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
      if (cursor) order.append(page.rows)
      else order.replace(page.rows)
      nextCursor.value = page.nextCursor
      shownQuery.value = asked
      state.value = { status: 'ready' }
    } catch (thrown) {
      if (signal.aborted) return
      if (asked !== shownQuery.value) showNothing(asked)
      state.value = { status: 'error', error: toApiError(thrown), cursor }
    }
  }

  /** What one search found does not stand under the name of another. */
  function showNothing(asked: string): void {
    order.replace([])
    nextCursor.value = null
    shownQuery.value = asked
  }

  /** The page that could not be loaded; the rows that are there stay. */
  async function retry(): Promise<void> {
    if (state.value.status === 'error') await load(state.value.cursor)
  }

  /** What was said elsewhere, without a sign of loading; a search that is shown or under way stays as it is. */
  async function refreshRecent(): Promise<void> {
    if (state.value.status === 'loading_more') throw new ApiError({ code: 'cancelled' })
    const isShown = state.value.status === 'ready' && query.value === shownQuery.value
    if (!isShown || filterOf(query.value) !== null) return
    const { signal } = running
    const page = await fetchPage(undefined, signal)
    if (signal.aborted) return
    const isWhole = newestFirst.value.length <= page.rows.length
    order.update(withFirstPage(newestFirst.value, page.rows, page.nextCursor !== null))
    if (isWhole || page.nextCursor === null) nextCursor.value = page.nextCursor
  }

  /** One's own words show in the list at once. */
  function said(contactId: string, body: string, at: string): void {
    if (filterOf(shownQuery.value) !== null) return
    const row = newestFirst.value.find(({ id }) => id === contactId)
    if (!row || spokenAtMs(row) > Date.parse(at)) return
    const others = newestFirst.value.filter((other) => other !== row)
    order.update([{ ...row, detail: body, isOwnMessage: true, at }, ...others])
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

  /** No row moves, comes or goes until then. */
  function hold(until: Promise<void>): void {
    letGo = until
  }

  /** The row before or after a contact; after one that is not in the list comes the first. */
  function neighbour(contactId: string | null, step: 1 | -1): ContactRow | undefined {
    const index = rows.value.findIndex((row) => row.id === contactId)
    return index === -1 && step === -1 ? undefined : rows.value[index + step]
  }

  return {
    query,
    shownQuery,
    rows,
    waiting: order.waiting,
    state,
    focusOnOpen,
    hasMore: computed(() => nextCursor.value !== null),
    isSearch: computed(() => filterOf(shownQuery.value) !== null),
    load,
    retry,
    search,
    loadMore,
    refreshRecent,
    said,
    work: order.work,
    putInOrder: order.putInOrder,
    hold,
    neighbour,
  }
})
