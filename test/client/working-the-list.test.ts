import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Conversation } from '../../shared/conversation-contract.ts'
import { type Answer, ok } from './fake-server.ts'
import { eventText } from './fake-stream.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  fields,
  openContact,
  openPage,
  press,
  textsOf,
  type,
} from './page-harness.ts'
import { sampleContact, sampleConversation, sampleMessage } from './sample-data.ts'

const rowNames = () => textsOf('ul[aria-label="Contacts"] a')
const headOfList = () => textsOf('nav button').join()
const wrote = (number: number): Conversation => ({
  ...sampleConversation(number),
  lastMessageBody: 'Any news?',
  lastMessageAt: '2026-11-20T11:00:00.000Z',
  unreadCount: 1,
})

/** The CRM lists them in this order from now on. */
function listConversations(
  server: ReturnType<typeof createStandardServer>,
  ...numbers: Conversation[]
): void {
  server.on('GET /api/conversations', ok({ conversations: numbers, nextCursor: null }))
}

type Page = Awaited<ReturnType<typeof openPage>>

/** Somebody writes, and the page hears of it. */
function hear(page: Page, id: string): void {
  page.stream.latest().write(eventText(id, { contactId: 'contact-3', messageId: id }))
}

describe('working the list', () => {
  let page: Page
  beforeEach(() => {
    // Nothing waits by chance.
    vi.spyOn(Math, 'random').mockReturnValue(0)
    // Nothing has a size here; the list draws the rows that fit its height.
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
  })
  afterEach(() => {
    page.close()
    vi.restoreAllMocks()
  })
  const path = () => page.router.currentRoute.value.path

  test('When each contact is texted before the next, then the list is walked to its end as it was seen', async () => {
    const server = createStandardServer()
    let sent = 0
    server.on('POST /api/contacts/:id/wrap-up', ({ path: { length } }) => {
      sent += 1
      const at = new Date(Date.now() + sent * length).toISOString()
      return ok({ parts: { message: { ok: true, result: sampleMessage({ id: `sent-${sent}`, at }) } } })
    })
    page = await openContact({ server })
    await eventually(() => expect(rowNames()).toHaveLength(3))
    for (const number of [1, 2, 3]) {
      await eventually(() => {
        expect(path()).toBe(`/contacts/contact-${number}`)
        expect(document.activeElement?.id).toBe('message-field')
      })
      type(fields.message, 'Hello')
      press(document.activeElement ?? document, 'Enter', { ctrlKey: true })
      await eventually(() => expect(textsOf(fields.result).join()).toContain('Message sent'))
      press(document.activeElement ?? document, 'ArrowDown', { altKey: true })
    }
    expect(path()).toBe('/contacts/contact-3')
    expect(sent).toBe(3)
    expect(rowNames()).toEqual(['Contact 1', 'Contact 2', 'Contact 3'])

    await page.router.push('/')
    await eventually(() => expect(rowNames()).toEqual(['Contact 3', 'Contact 2', 'Contact 1']))
  })

  test('When others write meanwhile, then the rows are put in order only once that is asked for', async () => {
    page = await openContact()
    await eventually(() => page.stream.latest())
    await eventually(() => expect(rowNames()).toHaveLength(3))
    listConversations(page.server, wrote(4), wrote(3), sampleConversation(1), sampleConversation(2))
    hear(page, 'elsewhere')
    await eventually(() => expect(headOfList()).toContain('Show 2 new'))
    expect(rowNames()).toEqual(['Contact 1', 'Contact 2', 'Contact 3'])
    button('Show 2 new').click()
    await eventually(() => expect(rowNames()).toEqual(['Contact 4', 'Contact 3', 'Contact 1', 'Contact 2']))
    expect(headOfList()).not.toContain('new')
    await eventually(() => expect(document.activeElement?.textContent?.trim()).toBe('Contact 4'))
    press(document.activeElement ?? document, 'ArrowDown')
    await eventually(() => expect(document.activeElement?.textContent?.trim()).toBe('Contact 3'))
  })

  test('When a row is pressed while a search is answered, then it opens before the rows move', async () => {
    const server = createStandardServer()
    const { promise: answered, resolve: answer } = Promise.withResolvers<Answer>()
    server.on('GET /api/contacts', () => answered)
    page = await openPage({ server })
    await eventually(() => expect(rowNames()).toHaveLength(3))
    type('input[type="search"]', 'maya')
    await eventually(() => expect(server.callsTo('GET /api/contacts')).toHaveLength(1))
    const row = element<HTMLAnchorElement>('ul[aria-label="Contacts"] li:nth-child(3) a')
    row.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    answer(ok({ contacts: [sampleContact({ id: 'found', name: 'Maya Okafor' })], nextCursor: null }))
    await new Promise((done) => setTimeout(done))
    expect(rowNames()).toEqual(['Contact 1', 'Contact 2', 'Contact 3'])
    row.dispatchEvent(new Event('pointerup', { bubbles: true }))
    row.click()
    await eventually(() => expect(rowNames()).toEqual(['Maya Okafor']))
    expect(path()).toBe('/contacts/contact-3')
  })

  test('When a search follows a list that was scrolled, then what it finds shows from its top', async () => {
    const server = createStandardServer()
    listConversations(server, ...Array.from({ length: 40 }, (_, index) => sampleConversation(index + 1)))
    const ids = [31, 32, 33, 34, 35, 36, 21, 22].map((number) => `contact-${number}`)
    server.on(
      'GET /api/contacts',
      ok({ contacts: ids.map((id) => sampleContact({ id, name: id })), nextCursor: null }),
    )
    page = await openPage({ server })
    await eventually(() => expect(rowNames()).toContain('Contact 1'))
    const list = element('.scroller')
    list.scrollTop = 20 * 62
    list.dispatchEvent(new Event('scroll'))
    await eventually(() => expect(rowNames()).toContain('Contact 21'))
    type('input[type="search"]', 'contact')
    await eventually(() => expect(rowNames()).toContain('contact-31'))
    expect(list.scrollTop).toBe(0)
  })

  test('When the pointer is among the rows, then none moves under it; when it leaves, they are put in order', async () => {
    page = await openPage()
    await eventually(() => page.stream.latest())
    await eventually(() => expect(rowNames()).toHaveLength(3))
    const list = element('.scroller')
    list.dispatchEvent(new Event('pointerenter'))
    listConversations(page.server, wrote(3), sampleConversation(1), sampleConversation(2))
    hear(page, 'elsewhere')
    await eventually(() => expect(textsOf('.row-detail').join()).toContain('Any news?'))
    expect(rowNames()).toEqual(['Contact 1', 'Contact 2', 'Contact 3'])
    list.dispatchEvent(new Event('pointerleave'))
    await eventually(() => expect(rowNames()).toEqual(['Contact 3', 'Contact 1', 'Contact 2']))
  })

  test('When nobody is at work in the list, then who writes comes first at once', async () => {
    page = await openPage()
    await eventually(() => page.stream.latest())
    await eventually(() => expect(rowNames()).toHaveLength(3))
    listConversations(page.server, wrote(3), sampleConversation(1), sampleConversation(2))
    hear(page, 'elsewhere')
    await eventually(() => expect(rowNames()).toEqual(['Contact 3', 'Contact 1', 'Contact 2']))
  })

  test('When the open contact is the only one found, then nothing leads on that leads nowhere', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts', ok({ contacts: [sampleContact()], nextCursor: null }))
    server.on('POST /api/contacts/:id/wrap-up', ({ path: { length } }) =>
      ok({ parts: { message: { ok: true, result: sampleMessage({ id: `sent-${length}` }) } } }),
    )
    page = await openContact({ server })
    await eventually(() => expect(button('Next contact').disabled).toBe(false))
    expect(button('Previous contact').disabled).toBe(true)
    type('input[type="search"]', 'mari')
    await eventually(() => expect(rowNames()).toEqual(['Marisol Vega']))
    await eventually(() => expect(button('Next contact').disabled).toBe(true))

    type(fields.message, 'Hello')
    press(element(fields.message), 'Enter', { ctrlKey: true })
    await eventually(() => expect(textsOf(fields.result).join()).toContain('Message sent'))
    const leadsOn = () => textsOf('button').filter((text) => text.endsWith('Next in the list'))
    expect(leadsOn()).toEqual([])
    type('input[type="search"]', '')
    await eventually(() => expect(leadsOn()).toHaveLength(1))
    element('.plan button').click()
    await eventually(() => expect(path()).toBe('/contacts/contact-2'))
  })
})
