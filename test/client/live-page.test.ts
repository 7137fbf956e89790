import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TimelineItem } from '../../shared/timeline-contract.ts'
import { failure, ok } from './fake-server.ts'
import { createFakeStream, eventText } from './fake-stream.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  fields,
  openContact,
  openPage,
  textsOf,
  type,
} from './page-harness.ts'
import {
  sampleContact,
  sampleConversation,
  sampleMessage,
  sampleTask,
  sampleTimelineMessage,
} from './sample-data.ts'

const bubbles = () => textsOf('[role="log"] .bubble')
const rowNames = () => textsOf('ul[aria-label="Contacts"] a')

/** A contact is open and the page hears of changes. */
async function openLiveContact(server = createStandardServer()) {
  const page = await openContact({ server })
  await eventually(() => page.stream.latest())
  let id = 0
  return {
    ...page,
    tell: (event: Parameters<typeof eventText>[1]) => {
      id += 1
      page.stream.latest().write(eventText(String(id), event))
    },
  }
}

function answerTimeline(server: ReturnType<typeof createStandardServer>, ...items: TimelineItem[]): void {
  server.on('GET /api/contacts/:id/timeline', ok({ items: items.toReversed(), nextCursor: null }))
}

const first = sampleTimelineMessage()
const reply = sampleTimelineMessage({
  id: 'message-2',
  body: 'Are you there?',
  at: '2026-11-20T10:05:00.000Z',
})

describe('live page', () => {
  let close = () => {}
  beforeEach(() => {
    // Nothing waits by chance.
    vi.spyOn(Math, 'random').mockReturnValue(0)
    // Nothing has a size here; the list draws the rows that fit its height.
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
  })
  afterEach(() => {
    close()
    vi.restoreAllMocks()
  })

  test('When somebody writes, then conversation and list show it, no row moves, and what is typed stays', async () => {
    const { server, tell, ...page } = await openLiveContact()
    close = page.close
    type(fields.message, 'Half a sent')
    answerTimeline(server, first, reply)
    const moved = {
      ...sampleConversation(3),
      lastMessageBody: 'Are you there?',
      lastMessageAt: reply.at,
      unreadCount: 2,
    }
    server.on(
      'GET /api/conversations',
      ok({ conversations: [moved, sampleConversation(1), sampleConversation(2)], nextCursor: null }),
    )
    tell({ type: 'message', messageId: 'message-2', direction: 'inbound', status: 'delivered' })
    await eventually(() => {
      expect(bubbles()).toEqual(['Hi there', 'Are you there?'])
      expect(textsOf('.row-count .visually-hidden')).toEqual(['2 unread'])
    })
    expect(rowNames()).toEqual(['Contact 1', 'Contact 2', 'Contact 3'])
    expect(element<HTMLTextAreaElement>(fields.message).value).toBe('Half a sent')
    expect(document.activeElement).toBe(element(fields.message))
    expect(element('[role="log"]').getAttribute('aria-live')).toBe('polite')
  })

  test('When a status is told of a message on screen, then it shows without anything being read', async () => {
    const server = createStandardServer()
    const sent = { direction: 'outbound', status: 'sent', at: new Date().toISOString() } as const
    answerTimeline(server, sampleTimelineMessage({ ...sent }))
    const { tell, ...page } = await openLiveContact(server)
    close = page.close
    await eventually(() => expect(server.callsTo('GET /api/contacts/contact-1/timeline').length).toBe(2))
    tell({ type: 'message_status', messageId: 'message-1', status: 'delivered' })
    tell({ type: 'message_status', messageId: 'message-1', status: 'sent' })
    await eventually(() => expect(element('.message .status').textContent).toContain('Delivered'))
    expect(server.callsTo('GET /api/contacts/contact-1/timeline').length).toBe(2)
  })

  test('When one sends, then the text shows once and in the list, whichever of answer and event is first', async () => {
    const { server, tell, ...page } = await openLiveContact()
    close = page.close
    const answer = Promise.withResolvers<void>()
    const sent = sampleMessage({ body: 'On my way', status: 'pending', at: new Date().toISOString() })
    server.on('POST /api/contacts/:id/messages', async () => {
      await answer.promise
      return ok({ message: sent }, 201)
    })
    type(fields.message, 'On my way')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
    const { id, body, at } = sent
    answerTimeline(server, first, sampleTimelineMessage({ id, body, at, direction: 'outbound' }))
    tell({ type: 'message', messageId: id, direction: 'outbound', status: 'delivered' })
    await eventually(() => expect(bubbles()).toEqual(['Hi there', 'On my way']))
    answer.resolve()
    await eventually(() => expect(element<HTMLTextAreaElement>(fields.message).value).toBe(''))
    expect(bubbles()).toEqual(['Hi there', 'On my way'])
    expect(element('.outbound .status').textContent).toContain('Delivered')
    await eventually(() => expect(element('.row-detail').textContent).toMatch(/You:\s+On my way/))
  })

  test('When tags, follow-ups, notes or do-not-disturb change elsewhere, then each shows', async () => {
    const { server, tell, ...page } = await openLiveContact()
    close = page.close
    server.on(
      'GET /api/contacts/:id',
      ok({
        contact: sampleContact({
          tags: ['vip', 'hot'],
          smsDnd: { blocked: true, status: 'active', reason: null },
        }),
      }),
    )
    server.on('GET /api/contacts/:id/tasks', ok({ tasks: [sampleTask()] }))
    const note = { id: 'n', contactId: 'contact-1', body: 'Gate code 12', userId: null, at: reply.at }
    server.on('GET /api/contacts/:id/notes', ok({ notes: [note] }))
    for (const kind of ['tags', 'contact', 'task', 'note'] as const) tell({ type: kind })
    await eventually(() => {
      expect(textsOf('ul[aria-label="Tags"] .chip-name')).toEqual(['vip', 'hot'])
      expect(textsOf('ul[aria-label="Follow-ups"] label')).toEqual(['Call back'])
      expect(element('ul[aria-label="Notes"]').textContent).toContain('Gate code 12')
      expect(element<HTMLTextAreaElement>(fields.message).readOnly).toBe(true)
    })
  })

  test('When another contact changes, then only the list is read', async () => {
    const { server, tell, ...page } = await openLiveContact()
    close = page.close
    await eventually(() => expect(server.callsTo('GET /api/conversations')).toHaveLength(2))
    const before = server.calls.length
    tell({ type: 'task', contactId: 'contact-2' })
    tell({ type: 'note', contactId: 'contact-2' })
    tell({ type: 'message', contactId: 'contact-2', messageId: 'elsewhere' })
    await eventually(() => expect(server.callsTo('GET /api/conversations')).toHaveLength(3))
    expect(server.calls.slice(before).map(({ path }) => path)).toEqual(['/api/conversations'])
  })

  test('When it is not known whose something is, then nothing is read for it', async () => {
    const { server, tell, ...page } = await openLiveContact()
    close = page.close
    await eventually(() => expect(server.callsTo('GET /api/conversations')).toHaveLength(2))
    const before = server.calls.length
    tell({ type: 'task', contactId: null })
    tell({ type: 'note' })
    await eventually(() => expect(server.calls.length).toBeGreaterThan(before))
    const paths = server.calls.slice(before).map(({ path }) => path)
    expect(paths).not.toContain('/api/conversations')
  })

  test('When a follow-up is ticked while it changes elsewhere, then the tick does not flicker', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id/tasks', ok({ tasks: [sampleTask()] }))
    const { tell, ...page } = await openLiveContact(server)
    close = page.close
    const answer = Promise.withResolvers<void>()
    server.on('PUT /api/contacts/:id/tasks/:id/completed', async () => {
      await answer.promise
      return ok({ task: sampleTask({ completed: true }) })
    })
    const box = await eventually(() => element<HTMLInputElement>('ul[aria-label="Follow-ups"] input'))
    await eventually(() => expect(server.callsTo('GET /api/contacts/contact-1/tasks')).toHaveLength(2))
    box.click()
    tell({ type: 'task' })
    tell({ type: 'message', contactId: 'contact-1', messageId: 'message-1', status: 'delivered' })
    await eventually(() =>
      expect(server.callsTo('PUT /api/contacts/contact-1/tasks/task-1/completed').length).toBe(1),
    )
    expect(element<HTMLInputElement>('ul[aria-label="Follow-ups"] input').checked).toBe(true)
    expect(server.callsTo('GET /api/contacts/contact-1/tasks')).toHaveLength(2)
    server.on('GET /api/contacts/:id/tasks', ok({ tasks: [sampleTask({ completed: true })] }))
    answer.resolve()
    await eventually(() => expect(server.callsTo('GET /api/contacts/contact-1/tasks')).toHaveLength(3))
    expect(element<HTMLInputElement>('ul[aria-label="Follow-ups"] input').checked).toBe(true)
  })

  test('When a note one edits is deleted elsewhere, then what is typed stays', async () => {
    const server = createStandardServer()
    const note = { id: 'n', contactId: 'contact-1', body: 'Gate code 12', userId: null, at: reply.at }
    server.on('GET /api/contacts/:id/notes', ok({ notes: [note] }))
    const { tell, ...page } = await openLiveContact(server)
    close = page.close
    await eventually(() => button('Edit note').click())
    await eventually(() => type('textarea[aria-label="Edit note"]', 'Gate code 13'))
    server.on('GET /api/contacts/:id/notes', ok({ notes: [] }))
    const before = server.callsTo('GET /api/contacts/contact-1/notes').length
    tell({ type: 'note' })
    await eventually(() => {
      expect(server.callsTo('GET /api/contacts/contact-1/notes').length).toBeGreaterThan(before)
    })
    expect(element<HTMLTextAreaElement>('textarea[aria-label="Edit note"]').value).toBe('Gate code 13')
  })

  test('When a change cannot be read, then what is shown stays and it is not called a failure', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id/tasks', ok({ tasks: [sampleTask()] }))
    const { tell, ...page } = await openLiveContact(server)
    close = page.close
    await eventually(() => expect(server.callsTo('GET /api/contacts/contact-1/tasks')).toHaveLength(2))
    server.on('GET /api/contacts/:id/tasks', failure('upstream_unavailable', 503))
    tell({ type: 'task' })
    await eventually(() => expect(server.callsTo('GET /api/contacts/contact-1/tasks')).toHaveLength(3))
    expect(textsOf('ul[aria-label="Follow-ups"] label')).toEqual(['Call back'])
    expect(textsOf('[role="alert"]')).toEqual([])
  })

  test('When the installation ends, then the page offers to connect again', async () => {
    const { server, tell, ...page } = await openLiveContact()
    close = page.close
    server.on('POST /api/session', failure('reconnect_required', 409, { installUrl: '/oauth/install' }))
    tell({ type: 'installation', contactId: null })
    await eventually(() =>
      expect(textsOf('[role="alert"]').join()).toContain('The connection to your CRM has ended'),
    )
    expect(page.stream.latest().signal.aborted).toBe(true)
  })

  test('When events were missed for sure, then what is on screen is read again; else only what is told', async () => {
    const stream = createFakeStream()
    const page = await openPage({ stream })
    close = page.close
    await eventually(() => expect(page.server.callsTo('GET /api/conversations')).toHaveLength(2))
    stream.latest().write('id: 5\n\n')
    stream.latest().end()
    await eventually(() => expect(stream.openings).toHaveLength(2))
    expect(stream.latest().lastEventId).toBe('5')
    stream.latest().write(eventText('6', { contactId: 'contact-2' }))
    await eventually(() => expect(page.server.callsTo('GET /api/conversations')).toHaveLength(3))
  })

  test('When a search is shown, then a message elsewhere leaves it alone', async () => {
    const stream = createFakeStream()
    const page = await openPage({ stream })
    close = page.close
    await eventually(() => expect(page.server.callsTo('GET /api/conversations')).toHaveLength(2))
    page.server.on('GET /api/contacts', ok({ contacts: [sampleContact()], nextCursor: null }))
    type('input[type="search"]', 'mari')
    await eventually(() => expect(rowNames()).toEqual(['Marisol Vega']))
    stream.latest().write(eventText('6', { type: 'message', contactId: 'contact-2' }))
    stream.latest().write(eventText('7', { type: 'installation', contactId: null }))
    await eventually(() => expect(page.server.callsTo('POST /api/session')).toHaveLength(2))
    expect(rowNames()).toEqual(['Marisol Vega'])
    expect(page.server.callsTo('GET /api/conversations')).toHaveLength(2)
  })

  test('When the browser is offline, then the page says so by itself, and it goes by itself', async () => {
    const page = await openPage()
    close = page.close
    const status = () => textsOf('[role="status"]').join(' ')
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true })
    window.dispatchEvent(new Event('offline'))
    await eventually(() => expect(status()).toContain('You are offline. What you type is kept'))
    Object.defineProperty(navigator, 'onLine', { value: true, configurable: true })
    window.dispatchEvent(new Event('online'))
    await eventually(() => expect(status()).not.toContain('offline'))
  })
})
