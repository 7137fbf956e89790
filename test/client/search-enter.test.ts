import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Answer, failure, ok } from './fake-server.ts'
import {
  createStandardServer,
  element,
  eventually,
  fields,
  openPage,
  press,
  textsOf,
  type,
} from './page-harness.ts'
import { sampleContact } from './sample-data.ts'

const search = 'input[type="search"]'
const rowNames = () => textsOf('ul[aria-label="Contacts"] a')
const found = (...names: string[]) =>
  ok({
    contacts: names.map((name, index) => sampleContact({ id: `found-${index}`, name })),
    nextCursor: null,
  })

/** Letters as the browser announces them; they go into the field unless the page takes them. */
function typeOn(text: string): void {
  for (const data of text) {
    const field = element<HTMLInputElement>(search)
    const announced = new InputEvent('beforeinput', {
      data,
      inputType: 'insertText',
      bubbles: true,
      cancelable: true,
    })
    if (field.dispatchEvent(announced)) type(search, field.value + data)
  }
}

describe('Enter in the search', () => {
  let page: Awaited<ReturnType<typeof openPage>>
  const answer = { now: (_answer: Answer) => {} }
  beforeEach(() => {
    // Nothing has a size here; the list draws the rows that fit its height.
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
    return openWithEnter()
  })

  /** A text is searched, Enter pressed at once, and the answer still to come. */
  async function openWithEnter(): Promise<void> {
    const server = createStandardServer()
    server.on(
      'GET /api/contacts',
      () =>
        new Promise((resolve) => {
          answer.now = resolve
        }),
    )
    page = await openPage({ server })
    await eventually(() => expect(rowNames()).toHaveLength(3))
    type(search, 'maya okafor')
    press(element(search), 'Enter')
    await eventually(() => expect(server.callsTo('GET /api/contacts')).toHaveLength(1))
  }
  afterEach(() => {
    page.close()
    vi.restoreAllMocks()
  })
  const path = () => page.router.currentRoute.value.path

  test('When it comes before the answer, then the one who is found opens, and what is typed on is their message', async () => {
    typeOn('Hi M')
    answer.now(found('Maya Okafor'))
    await eventually(() => expect(path()).toBe('/contacts/found-0'))
    await eventually(() => expect(document.activeElement?.id).toBe('message-field'))
    await eventually(() => expect(element<HTMLTextAreaElement>(fields.message).value).toBe('Hi M'))
    expect(element<HTMLInputElement>(search).value).toBe('maya okafor')
  })

  test('When several are found, then the keyboard is in the list and nobody is opened', async () => {
    answer.now(found('Maya Okafor', 'Maya Okafor-Lind'))
    await eventually(() => expect(document.activeElement?.textContent?.trim()).toBe('Maya Okafor'))
    expect(path()).toBe('/')
  })

  test('When several are found and something was typed on, then it goes on in the search', async () => {
    typeOn(' li')
    answer.now(found('Maya Okafor', 'Maya Okafor-Lind'))
    await eventually(() => expect(element<HTMLInputElement>(search).value).toBe('maya okafor li'))
    expect(document.activeElement).toBe(element(search))
    expect(path()).toBe('/')
  })

  test('When the text is changed before the answer, then the Enter does not count for the new one', async () => {
    type(search, 'maya')
    await eventually(() => expect(page.server.callsTo('GET /api/contacts')).toHaveLength(2))
    answer.now(found('Maya Lind'))
    await eventually(() => expect(rowNames()).toEqual(['Maya Lind']))
    expect(path()).toBe('/')
  })

  test('When one goes elsewhere before the answer, then nobody is opened', async () => {
    element(search).blur()
    answer.now(found('Maya Okafor'))
    await eventually(() => expect(rowNames()).toEqual(['Maya Okafor']))
    expect(path()).toBe('/')
  })

  test('When the search fails, then nobody is opened, and Enter searches again', async () => {
    answer.now(failure('upstream_unavailable', 503))
    await eventually(() => expect(textsOf('[role="alert"]')).toHaveLength(1))
    press(element(search), 'Enter')
    await eventually(() => expect(page.server.callsTo('GET /api/contacts')).toHaveLength(2))
    answer.now(found('Maya Okafor'))
    await eventually(() => expect(path()).toBe('/contacts/found-0'))
  })
})
