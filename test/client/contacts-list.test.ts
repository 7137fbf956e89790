import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { anchorShift } from '../../client/composables/useAnchoredScroll.ts'
import { type ContactRow, withFirstPage } from '../../client/stores/contact-rows.ts'
import { filterOf, useContactsStore } from '../../client/stores/contacts-store.ts'
import { type Answer, failure, ok } from './fake-server.ts'
import { createStandardServer, startParts } from './page-harness.ts'
import { sampleContact, sampleConversation } from './sample-data.ts'

function startList(server = createStandardServer()) {
  const { app } = startParts({ server })
  return { server, contacts: app.runWithContext(() => useContactsStore()) }
}

const found = (...names: string[]) =>
  ok({
    contacts: names.map((name, index) => sampleContact({ id: `${name}-${index}`, name })),
    nextCursor: null,
  })

const idsOf = (rows: readonly ContactRow[]) => rows.map(({ id }) => id)

describe('list of contacts', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('When nothing is searched, then the recent conversations are listed', async () => {
    const { contacts, server } = startList()
    await contacts.load()
    expect(contacts.rows.map((row) => row.name)).toEqual(['Contact 1', 'Contact 2', 'Contact 3'])
    expect(contacts.isSearch).toBe(false)
    expect(server.callsTo('GET /api/contacts')).toEqual([])
  })

  test('When one types quickly, then one search is made, for what was typed last', async () => {
    const { contacts, server } = startList()
    server.on('GET /api/contacts', found('Ana'))
    for (const text of ['a', 'an', 'ana']) {
      contacts.search(text)
      await vi.advanceTimersByTimeAsync(100)
    }
    await vi.advanceTimersByTimeAsync(150)
    await vi.waitFor(() => expect(contacts.state.status).toBe('ready'))
    expect(server.callsTo('GET /api/contacts').map((call) => call.params['query'])).toEqual(['ana'])
    expect(contacts.shownQuery).toBe('ana')
  })

  test('When a search is overtaken by another, then its late answer is not shown', async () => {
    const { contacts, server } = startList()
    const slow = Promise.withResolvers<ReturnType<typeof found>>()
    server.on('GET /api/contacts', ({ params }) =>
      params['query'] === 'slow' ? slow.promise : found('Quick'),
    )
    await contacts.load()
    contacts.search('slow')
    await vi.advanceTimersByTimeAsync(150)
    await vi.waitFor(() => expect(server.callsTo('GET /api/contacts')).toHaveLength(1))
    contacts.search('quick')
    expect(server.callsTo('GET /api/contacts')[0]?.signal?.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(150)
    await vi.waitFor(() => expect(contacts.rows[0]?.name).toBe('Quick'))
    slow.resolve(found('Slow'))
    await vi.advanceTimersByTimeAsync(10)
    expect(contacts.rows[0]?.name).toBe('Quick')
  })

  test('When more is loaded, then it follows what is there, each contact once', async () => {
    const { contacts, server } = startList()
    server.on('GET /api/conversations', ({ params }) =>
      params['cursor'] === 'next'
        ? ok({ conversations: [2, 3].map(sampleConversation), nextCursor: null })
        : ok({ conversations: [1, 2].map(sampleConversation), nextCursor: 'next' }),
    )
    await contacts.load()
    expect(contacts.hasMore).toBe(true)
    await contacts.loadMore()
    await contacts.loadMore()
    expect(contacts.rows.map((row) => row.id)).toEqual(['contact-1', 'contact-2', 'contact-3'])
    expect(server.callsTo('GET /api/conversations')).toHaveLength(2)
  })

  test('When the list fails, then it says so and keeps what it had', async () => {
    const { contacts, server } = startList()
    await contacts.load()
    server.on('GET /api/conversations', failure('upstream_unavailable', 503))
    await contacts.load()
    expect(contacts.state).toMatchObject({ status: 'error', error: { code: 'upstream_unavailable' } })
    expect(contacts.rows).toHaveLength(3)
  })

  test('When a search fails, then what was found before does not stand under its name', async () => {
    const { contacts, server } = startList()
    await contacts.load()
    server.on('GET /api/contacts', failure('upstream_unavailable', 503))
    contacts.search('jonas')
    await vi.advanceTimersByTimeAsync(150)
    await vi.waitFor(() => expect(contacts.state.status).toBe('error'))
    expect(contacts.rows).toEqual([])
    expect(contacts.isSearch).toBe(true)
    server.on('GET /api/contacts', found('Jonas'))
    await contacts.retry()
    expect(contacts.rows.map((row) => row.name)).toEqual(['Jonas'])
  })

  test('When a later page fails, then trying again asks for that page and keeps what is there', async () => {
    const { contacts, server } = startList()
    const answerPages = (next: Answer) =>
      server.on('GET /api/conversations', ({ params }) =>
        params['cursor'] === 'next'
          ? next
          : ok({ conversations: [1, 2].map(sampleConversation), nextCursor: 'next' }),
      )
    answerPages(failure('upstream_unavailable', 503))
    await contacts.load()
    await contacts.loadMore()
    expect(contacts.state.status).toBe('error')
    answerPages(ok({ conversations: [sampleConversation(3)], nextCursor: null }))
    await contacts.retry()
    expect(idsOf(contacts.rows)).toEqual(['contact-1', 'contact-2', 'contact-3'])
  })

  test.each([
    ['', null],
    ['  ', null],
    [' Ana ', { query: 'Ana' }],
    ['#', null],
    ['# Hot Lead ', { tag: 'hot lead' }],
  ])('When "%s" is searched, then it asks for %o', (text, filter) => {
    expect(filterOf(text)).toEqual(filter)
  })

  test('When one steps through the list, then it ends at its ends', async () => {
    const { contacts } = startList()
    await contacts.load()
    expect(contacts.neighbour('contact-1', 1)?.id).toBe('contact-2')
    expect(contacts.neighbour('contact-1', -1)).toBeUndefined()
    expect(contacts.neighbour('contact-3', 1)).toBeUndefined()
    expect(contacts.neighbour('not in the list', 1)?.id).toBe('contact-1')
    expect(contacts.neighbour('not in the list', -1)).toBeUndefined()
  })

  const row = (id: string, minute: number, changes: Partial<ContactRow> = {}): ContactRow => ({
    id,
    name: id,
    detail: 'Hello',
    isOwnMessage: false,
    at: `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`,
    unreadCount: 0,
    ...changes,
  })
  test('When the first page is read again, then later rows stay and what is gone goes', () => {
    const known = [row('gone', 9), row('a', 8), row('b', 7), row('later', 2)]
    expect(idsOf(withFirstPage(known, [row('b', 10), row('a', 8)], true))).toEqual(['b', 'a', 'later'])
    expect(idsOf(withFirstPage(known, [row('b', 10)], false))).toEqual(['b'])
  })

  test('When the CRM lists what was said here a moment late, then the words said stay on top', () => {
    const said = row('b', 12, { detail: 'On my way', isOwnMessage: true })
    const shown = withFirstPage([said, row('a', 8)], [row('a', 8), row('b', 7, { unreadCount: 1 })], false)
    expect(idsOf(shown)).toEqual(['b', 'a'])
    expect(shown[0]).toMatchObject({ detail: 'On my way', isOwnMessage: true, unreadCount: 1 })
  })

  test.each([
    ['one comes on top', ['n', 'a', 'b', 'c'], 1],
    ['the first in view is moved to the top', ['b', 'a', 'c'], 0],
    ['one below moves to the top', ['c', 'a', 'b'], 1],
  ])('When %s, then what one reads is followed', (_what, now, shift) => {
    expect(anchorShift(['a', 'b', 'c'], now, 1)).toBe(shift)
  })
})
