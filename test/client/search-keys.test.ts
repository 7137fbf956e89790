import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Answer, failure, ok } from './fake-server.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  fields,
  openPage,
  press,
  textsOf,
  type,
} from './page-harness.ts'
import { sampleContact, sampleConversation } from './sample-data.ts'

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

/** A page whose searches are answered when the test says so. */
async function openSearch(server = createStandardServer()) {
  // Nothing has a size here; the list draws the rows that fit its height.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
  let answerNow = (_answer: Answer) => {}
  server.on(
    'GET /api/contacts',
    () =>
      new Promise((resolve) => {
        answerNow = resolve
      }),
  )
  const page = await openPage({ server })
  return { ...page, answer: (answer: Answer) => answerNow(answer) }
}

let page: Awaited<ReturnType<typeof openSearch>>
const path = () => page.router.currentRoute.value.path
const searchesMade = () => page.server.callsTo('GET /api/contacts').length
const focusedText = () => document.activeElement?.textContent?.trim()

/** A text is searched, the key pressed at once, and the answer still to come. */
async function searchAndPress(key: string): Promise<void> {
  page = await openSearch()
  await eventually(() => expect(rowNames()).toHaveLength(3))
  type(search, 'maya okafor')
  press(element(search), key)
  await eventually(() => expect(searchesMade()).toBe(1))
}

afterEach(() => {
  page.close()
  vi.restoreAllMocks()
})

describe('Enter in the search', () => {
  beforeEach(() => searchAndPress('Enter'))

  test('When it comes before the answer, then the one who is found opens, and what is typed on is their message', async () => {
    typeOn('Hi M')
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(path()).toBe('/contacts/found-0'))
    await eventually(() => expect(document.activeElement?.id).toBe('message-field'))
    await eventually(() => expect(element<HTMLTextAreaElement>(fields.message).value).toBe('Hi M'))
    expect(element<HTMLInputElement>(search).value).toBe('maya okafor')
  })

  test('When several are found, then the keyboard is in the list and nobody is opened', async () => {
    page.answer(found('Maya Okafor', 'Maya Okafor-Lind'))
    await eventually(() => expect(focusedText()).toBe('Maya Okafor'))
    expect(path()).toBe('/')
  })

  test('When several are found and something was typed on, then it goes on in the search', async () => {
    typeOn(' li')
    page.answer(found('Maya Okafor', 'Maya Okafor-Lind'))
    await eventually(() => expect(element<HTMLInputElement>(search).value).toBe('maya okafor li'))
    expect(document.activeElement).toBe(element(search))
    expect(path()).toBe('/')
  })

  test('When arrow down follows it, then the Enter counts all the same', async () => {
    press(element(search), 'ArrowDown')
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(path()).toBe('/contacts/found-0'))
    await eventually(() => expect(document.activeElement?.id).toBe('message-field'))
    expect(searchesMade()).toBe(1)
  })

  test('When the text is changed before the answer, then the Enter does not count for the new one', async () => {
    type(search, 'maya')
    await eventually(() => expect(searchesMade()).toBe(2))
    page.answer(found('Maya Lind'))
    await eventually(() => expect(rowNames()).toEqual(['Maya Lind']))
    expect(path()).toBe('/')
  })

  test('When one goes elsewhere before the answer, then nobody is opened', async () => {
    element(search).blur()
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(rowNames()).toEqual(['Maya Okafor']))
    expect(path()).toBe('/')
  })

  test('When the search fails, then nobody is opened, and Enter searches again', async () => {
    page.answer(failure('upstream_unavailable', 503))
    await eventually(() => expect(textsOf('[role="alert"]')).toHaveLength(1))
    press(element(search), 'Enter')
    await eventually(() => expect(searchesMade()).toBe(2))
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(path()).toBe('/contacts/found-0'))
  })
})

describe('Arrow down in the search', () => {
  beforeEach(() => searchAndPress('ArrowDown'))

  test('When it comes before the answer, then the keyboard waits in the field and goes to who is found', async () => {
    expect(rowNames()).toHaveLength(3)
    expect(document.activeElement).toBe(element(search))
    page.answer(found('Maya Okafor', 'Maya Okafor-Lind'))
    await eventually(() => expect(focusedText()).toBe('Maya Okafor'))
    expect(path()).toBe('/')
  })

  test('When the only one is found, then the keyboard is in the list and nobody is opened', async () => {
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(focusedText()).toBe('Maya Okafor'))
    expect(path()).toBe('/')
  })

  test('When Enter follows it before the answer, then who is found opens, and nobody who was listed before', async () => {
    expect(document.activeElement).toBe(element(search))
    press(element(search), 'Enter')
    typeOn('Hi M')
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(path()).toBe('/contacts/found-0'))
    await eventually(() => expect(document.activeElement?.id).toBe('message-field'))
    await eventually(() => expect(element<HTMLTextAreaElement>(fields.message).value).toBe('Hi M'))
    expect(searchesMade()).toBe(1)
  })

  test('When letters follow it before the answer, then they are searched and the keyboard stays', async () => {
    expect(document.activeElement).toBe(element(search))
    typeOn('-l')
    expect(document.activeElement).toBe(element(search))
    await eventually(() => expect(searchesMade()).toBe(2))
    page.answer(found('Maya Okafor-Lind'))
    await eventually(() => expect(rowNames()).toEqual(['Maya Okafor-Lind']))
    expect(element<HTMLInputElement>(search).value).toBe('maya okafor-l')
    expect(document.activeElement).toBe(element(search))
  })

  test('When one goes elsewhere before the answer, then the keyboard is not moved', async () => {
    button('Keyboard shortcuts').focus()
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(rowNames()).toEqual(['Maya Okafor']))
    expect(document.activeElement).toBe(button('Keyboard shortcuts'))
  })

  test('When the search fails, then the keyboard stays, and arrow down searches again', async () => {
    page.answer(failure('upstream_unavailable', 503))
    await eventually(() => expect(textsOf('[role="alert"]')).toHaveLength(1))
    expect(document.activeElement).toBe(element(search))
    press(element(search), 'ArrowDown')
    await eventually(() => expect(searchesMade()).toBe(2))
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(focusedText()).toBe('Maya Okafor'))
  })

  test('When nobody is found, then the keyboard stays in the field', async () => {
    page.answer(found())
    await eventually(() => expect(rowNames()).toEqual([]))
    expect(document.activeElement).toBe(element(search))
  })

  test('When the answer is there, then the list is entered without asking again', async () => {
    page.answer(found('Maya Okafor'))
    await eventually(() => expect(focusedText()).toBe('Maya Okafor'))
    element(search).focus()
    press(element(search), 'ArrowDown')
    await eventually(() => expect(focusedText()).toBe('Maya Okafor'))
    expect(searchesMade()).toBe(1)
  })
})

describe('Arrow down where nothing is searched', () => {
  test('When the list is still loading, then it is entered once it is there, and asked for once', async () => {
    const server = createStandardServer()
    const list = Promise.withResolvers<Answer>()
    server.on('GET /api/conversations', () => list.promise)
    page = await openSearch(server)
    await eventually(() => expect(server.callsTo('GET /api/conversations')).toHaveLength(1))
    element(search).focus()
    press(element(search), 'ArrowDown')
    list.resolve(ok({ conversations: [1, 2].map(sampleConversation), nextCursor: null }))
    await eventually(() => expect(focusedText()).toBe('Contact 1'))
    expect(server.callsTo('GET /api/conversations')).toHaveLength(1)
  })

  test('When a later page could not be loaded, then the rows that are there are entered', async () => {
    const server = createStandardServer()
    server.on('GET /api/conversations', ({ params }) =>
      params['cursor'] === 'next'
        ? failure('upstream_unavailable', 503)
        : ok({ conversations: [1, 2].map(sampleConversation), nextCursor: 'next' }),
    )
    page = await openSearch(server)
    await eventually(() => expect(textsOf('[role="alert"]')).toHaveLength(1))
    element(search).focus()
    press(element(search), 'ArrowDown')
    await eventually(() => expect(focusedText()).toBe('Contact 1'))
    expect(server.callsTo('GET /api/conversations')).toHaveLength(2)
  })
})

describe('keys while a word is composed in the search', () => {
  test.each(['ArrowDown', 'Enter', 'Escape'])(
    'When %s is pressed, then it is left to the composing',
    async (key) => {
      page = await openSearch()
      await eventually(() => expect(rowNames()).toHaveLength(3))
      type(search, 'まや')
      await eventually(() => expect(searchesMade()).toBe(1))
      page.answer(found('まや'))
      await eventually(() => expect(rowNames()).toEqual(['まや']))
      const composed = new KeyboardEvent('keydown', {
        key,
        isComposing: true,
        bubbles: true,
        cancelable: true,
      })
      element(search).dispatchEvent(composed)
      expect(composed.defaultPrevented).toBe(false)
      expect(element<HTMLInputElement>(search).value).toBe('まや')
      expect(path()).toBe('/')
      expect(document.activeElement).toBe(element(search))
    },
  )
})
