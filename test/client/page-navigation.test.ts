import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { shortcutOf } from '../../client/composables/useShortcuts.ts'
import { failure, ok } from './fake-server.ts'
import {
  eventually,
  button,
  createStandardServer,
  element,
  openContact,
  openPage,
  press,
  textsOf,
  type,
} from './page-harness.ts'
import { sampleConversation } from './sample-data.ts'

const key = (name: string, code = name, modifiers: Partial<KeyboardEvent> = {}) => ({
  key: name,
  code,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...modifiers,
})

describe('finding the way', () => {
  let close = () => {}
  beforeEach(() => {
    /** Nothing has a size here; the list draws the rows that fit its height. */
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
  })
  afterEach(() => {
    close()
    vi.restoreAllMocks()
  })

  test('When the frame is opened with a contact, then that contact opens and the rest of the address stays', async () => {
    const page = await openPage({ path: '/?contact_id=contact-1&location_id=abc' })
    close = page.close
    expect(page.router.currentRoute.value.fullPath).toBe('/contacts/contact-1?location_id=abc')
    await eventually(() => expect(textsOf('h1')).toEqual(['Marisol Vega']))
  })

  test.each(['/?contact_id={{contact.id}}', '/?contact_id=', '/nowhere/at/all?contact_id=a/../b'])(
    'When the address is %s, then the page starts at its beginning',
    async (path) => {
      const page = await openPage({ path })
      close = page.close
      expect(page.router.currentRoute.value.name).toBe('home')
    },
  )

  test('When the contact does not exist, then the page says so and leads back', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id', failure('not_found', 404))
    const page = await openPage({ path: '/contacts/gone', server })
    close = page.close
    await eventually(() => expect(textsOf('[role="alert"] h1')).toEqual(['This contact cannot be shown']))
  })

  test('When one arrows down from the search and presses on, then the list is walked and Escape clears', async () => {
    const page = await openPage()
    close = page.close
    await eventually(() => expect(textsOf('ul[aria-label="Contacts"] a')).toHaveLength(3))
    const search = element('input[type="search"]')
    search.focus()
    press(search, 'ArrowDown')
    await eventually(() => expect(document.activeElement?.textContent?.trim()).toBe('Contact 1'))
    press(document.activeElement ?? document, 'ArrowDown')
    await eventually(() => expect(document.activeElement?.textContent?.trim()).toBe('Contact 2'))
    press(document.activeElement ?? document, 'Home')
    await eventually(() => expect(document.activeElement?.textContent?.trim()).toBe('Contact 1'))
    press(document.activeElement ?? document, 'ArrowUp')
    await eventually(() => expect(document.activeElement).toBe(search))
  })

  test('When the list is read out, then each row tells its place', async () => {
    const page = await openPage()
    close = page.close
    await eventually(() => expect(textsOf('ul[aria-label="Contacts"] a')).toHaveLength(3))
    const rows = [...document.querySelectorAll('ul[aria-label="Contacts"] li')]
    expect(
      rows.map(
        (row) =>
          `${row.ariaPosInSet ?? row.getAttribute('aria-posinset')} of ${row.getAttribute('aria-setsize')}`,
      ),
    ).toEqual(['1 of 3', '2 of 3', '3 of 3'])
  })

  test('When the next contact is asked for, then the list is followed; browsing leaves the fields alone', async () => {
    const page = await openContact()
    close = page.close
    await eventually(() => expect(textsOf('ul[aria-label="Contacts"] a')).toHaveLength(3))
    const path = () => page.router.currentRoute.value.path
    press(document.activeElement ?? document, 'ArrowDown', { altKey: true })
    await eventually(() => expect(path()).toBe('/contacts/contact-2'))
    await eventually(() => expect(document.activeElement?.id).toBe('message-field'))
    press(document.activeElement ?? document, 'k')
    expect(path()).toBe('/contacts/contact-2')
    press(document.body, 'k')
    await eventually(() => expect(path()).toBe('/contacts/contact-1'))
    await eventually(() => expect(document.activeElement?.id).toBe('contact-name'))
    button('Next contact').click()
    await eventually(() => expect(path()).toBe('/contacts/contact-2'))
  })

  test('When the search is typed and Enter pressed at once, then nobody is opened by accident', async () => {
    const page = await openPage()
    close = page.close
    await eventually(() => expect(textsOf('ul[aria-label="Contacts"] a')).toHaveLength(3))
    type('input[type="search"]', 'somebody')
    press(element('input[type="search"]'), 'Enter')
    expect(page.router.currentRoute.value.name).toBe('home')
  })

  test('When the list could not be loaded and the connection is back, then it is loaded without being asked', async () => {
    const server = createStandardServer()
    server.on('GET /api/conversations', failure('upstream_unavailable', 503))
    const page = await openPage({ server })
    close = page.close
    await eventually(() =>
      expect(textsOf('[role="alert"]').join()).toContain('The contacts could not be loaded.'),
    )
    server.on('GET /api/conversations', ok({ conversations: [sampleConversation(1)], nextCursor: null }))
    window.dispatchEvent(new Event('online'))
    await eventually(() => expect(textsOf('ul[aria-label="Contacts"] a')).toEqual(['Contact 1']))
    expect(textsOf('[role="alert"]')).toEqual([])
  })

  test.each([
    ['Ctrl+Enter in a field', key('Enter', 'Enter', { ctrlKey: true }), true, false, 'wrap_up'],
    ['Cmd+Enter', key('Enter', 'Enter', { metaKey: true }), false, true, 'wrap_up'],
    ['Enter alone', key('Enter'), false, false, undefined],
    ['Alt+T in a field', key('t', 'KeyT', { altKey: true }), true, false, 'tag'],
    [
      'Alt+N on an Apple keyboard, which types ñ',
      key('Dead', 'KeyN', { altKey: true }),
      true,
      true,
      undefined,
    ],
    [
      'Ctrl+Alt+N on an Apple keyboard',
      key('n', 'KeyN', { altKey: true, ctrlKey: true }),
      true,
      true,
      'note',
    ],
    [
      'AltGr+M elsewhere, which types µ',
      key('µ', 'KeyM', { altKey: true, ctrlKey: true }),
      true,
      false,
      undefined,
    ],
    ['/ outside a field', key('/', 'Slash'), false, false, 'search'],
    ['/ in a field', key('/', 'Slash'), true, false, undefined],
    ['Ctrl+K of the browser', key('k', 'KeyK', { ctrlKey: true }), false, false, undefined],
  ])('When %s is pressed, then it means what one expects', (_what, keys, inField, apple, expected) => {
    expect(shortcutOf(keys, inField, apple)).toBe(expected)
  })
})
