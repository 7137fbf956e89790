import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { failure, ok } from './fake-server.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  fields,
  openContact,
  press,
  textsOf,
  type,
} from './page-harness.ts'
import { sampleMessage, sampleTask } from './sample-data.ts'

const editNote = 'textarea[aria-label="Edit note"]'
const editTask = 'ul[aria-label="Follow-ups"] form input[type="text"]'
const note = {
  id: 'note-1',
  contactId: 'contact-1',
  body: 'Budget 18k',
  userId: null,
  at: '2026-11-20T10:00:00Z',
}

/** Whether the browser would ask before it leaves the page. */
function asksBeforeLeaving(): boolean {
  return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
}

/** What a row of the list is described by. */
function describedBy(name: string): string {
  const link = [...document.querySelectorAll('ul[aria-label="Contacts"] a')].find(
    (found) => found.textContent?.trim() === name,
  )
  const description = document.getElementById(link?.getAttribute('aria-describedby') ?? '')
  return [...(description?.children ?? [])].map((part) => part.textContent?.trim()).join(' ')
}

describe('what is typed and not done', () => {
  let page: Awaited<ReturnType<typeof openContact>>
  const server = () => page.server
  beforeEach(() => {
    // Nothing has a size here; the list draws the rows that fit its height.
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
    return openWithItems()
  })

  async function openWithItems(): Promise<void> {
    const withItems = createStandardServer()
    withItems.on('GET /api/contacts/contact-1/notes', ok({ notes: [note] }))
    withItems.on('GET /api/contacts/contact-1/tasks', ok({ tasks: [sampleTask()] }))
    page = await openContact({ server: withItems })
    await eventually(() => expect(button('Next contact').disabled).toBe(false))
    await eventually(() => button('Edit note'))
    await eventually(() => button('Edit follow-up'))
  }
  afterEach(() => {
    page.close()
    vi.restoreAllMocks()
  })

  async function goTo(direction: 'ArrowDown' | 'ArrowUp', number: number): Promise<void> {
    press(document.activeElement ?? document, direction, { altKey: true })
    await eventually(() => {
      expect(page.router.currentRoute.value.path).toBe(`/contacts/contact-${number}`)
      expect(document.activeElement?.id).toBe('message-field')
    })
  }

  async function send(text: string): Promise<void> {
    type(fields.message, text)
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
  }

  async function openEditor(name: string, editor: string): Promise<void> {
    button(name).click()
    await eventually(() => expect(document.activeElement).toBe(element(editor)))
  }

  test.each([
    ['a message', fields.message],
    ['a tag', fields.tag],
    ['a follow-up', fields.followUp],
    ['a note', fields.note],
  ])(
    'When %s is typed, then leaving the page asks first, also from another contact',
    async (_what, field) => {
      expect(asksBeforeLeaving()).toBe(false)
      type(field, 'Half a thought')
      expect(asksBeforeLeaving()).toBe(true)
      await goTo('ArrowDown', 2)
      expect(asksBeforeLeaving()).toBe(true)
      await goTo('ArrowUp', 1)
      type(field, '')
      expect(asksBeforeLeaving()).toBe(false)
    },
  )

  test('When a text is on its way, then leaving the page asks first; once it is sent, no more', async () => {
    const answer = Promise.withResolvers<void>()
    server().on('POST /api/contacts/:id/messages', async () => {
      await answer.promise
      return ok({ message: sampleMessage({ body: 'Hello' }) }, 201)
    })
    await send('Hello')
    await eventually(() => expect(server().callsTo('POST /api/contacts/contact-1/messages')).toHaveLength(1))
    type(fields.message, '')
    expect(asksBeforeLeaving()).toBe(true)
    answer.resolve()
    await eventually(() => expect(asksBeforeLeaving()).toBe(false))
  })

  test('When the page is closed for another user, then nothing keeps it', async () => {
    type(fields.message, 'Half a thought')
    page.session.state = { status: 'switched' }
    expect(asksBeforeLeaving()).toBe(false)
  })

  test('When a note is being changed and another contact is looked at, then the change is there afterwards', async () => {
    await openEditor('Edit note', editNote)
    expect(asksBeforeLeaving()).toBe(false)
    type(editNote, 'Budget 20k')
    expect(asksBeforeLeaving()).toBe(true)
    await goTo('ArrowDown', 2)
    expect(document.querySelector(editNote)).toBeNull()
    expect(asksBeforeLeaving()).toBe(true)
    await goTo('ArrowUp', 1)
    await eventually(() => expect(element<HTMLTextAreaElement>(editNote).value).toBe('Budget 20k'))
    press(element(editNote), 'Escape')
    await eventually(() => expect(document.querySelector(editNote)).toBeNull())
    expect(asksBeforeLeaving()).toBe(false)
  })

  test('When a follow-up is being changed and another contact is looked at, then the change is there afterwards', async () => {
    await openEditor('Edit follow-up', editTask)
    type(editTask, 'Call back twice')
    await goTo('ArrowDown', 2)
    await goTo('ArrowUp', 1)
    await eventually(() => expect(element<HTMLInputElement>(editTask).value).toBe('Call back twice'))
    expect(document.activeElement?.id).toBe('message-field')
  })

  test('When an editor was only opened, then it is closed when one comes back', async () => {
    await openEditor('Edit note', editNote)
    await goTo('ArrowDown', 2)
    await goTo('ArrowUp', 1)
    await eventually(() => button('Edit note'))
    expect(document.querySelector(editNote)).toBeNull()
  })

  test('When the wrap-up shortcut is pressed in an editor, then it is saved and nothing is wrapped up', async () => {
    server().on('PUT /api/contacts/:id/notes/:id', ({ body }) => ok({ note: { ...note, ...Object(body) } }))
    server().on('PUT /api/contacts/:id/tasks/:id', ({ body }) =>
      ok({ task: { ...sampleTask(), ...Object(body) } }),
    )
    await openEditor('Edit note', editNote)
    type(editNote, 'Budget 20k')
    press(element(editNote), 'Enter', { ctrlKey: true })
    await eventually(() => expect(textsOf('ul[aria-label="Notes"] .item-body')).toEqual(['Budget 20k']))
    await openEditor('Edit follow-up', editTask)
    type(editTask, 'Call back twice')
    press(element(editTask), 'Enter', { ctrlKey: true })
    await eventually(() => expect(textsOf('ul[aria-label="Follow-ups"] label')).toEqual(['Call back twice']))
    expect(textsOf(fields.result)).toEqual([''])
    expect(asksBeforeLeaving()).toBe(false)
  })

  test('When a contact is left with something typed or changed, then its row says so until it is gone', async () => {
    type(fields.note, 'Half a thought')
    expect(describedBy('Contact 1')).toBe('Hello')
    await goTo('ArrowDown', 2)
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello Draft'))
    expect(describedBy('Contact 2')).toBe('Hello')
    await goTo('ArrowUp', 1)
    type(fields.note, '')
    await openEditor('Edit note', editNote)
    type(editNote, 'Budget 20k')
    await goTo('ArrowDown', 2)
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello Draft'))
  })

  test('When something failed for a contact that is not on screen, then its row says so', async () => {
    const answer = Promise.withResolvers<void>()
    server().on('POST /api/contacts/:id/messages', async () => {
      await answer.promise
      return failure('upstream_failed', 502)
    })
    await send('Hello')
    await goTo('ArrowDown', 2)
    answer.resolve()
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello Failed'))
  })
})
