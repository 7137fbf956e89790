import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  describedBy,
  editors,
  goTo,
  type ItemPage,
  openEditor,
  openWithItems,
  sampleNote,
} from './edited-items.ts'
import { failure, ok } from './fake-server.ts'
import { button, element, eventually, fields, press, sendText, textsOf, type } from './page-harness.ts'
import { sampleMessage, sampleTask } from './sample-data.ts'

/** Whether the browser would ask before it leaves the page. */
function asksBeforeLeaving(): boolean {
  return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
}

describe('what is typed and not done', () => {
  let page: ItemPage
  const server = () => page.server
  beforeEach(async () => {
    page = await openWithItems()
  })
  afterEach(() => {
    page.close()
    vi.restoreAllMocks()
  })

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
      await goTo(page, 'ArrowDown', 2)
      expect(asksBeforeLeaving()).toBe(true)
      await goTo(page, 'ArrowUp', 1)
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
    await sendText('Hello')
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
    await openEditor('Edit note', editors.note)
    expect(asksBeforeLeaving()).toBe(false)
    type(editors.note, 'Budget 20k')
    expect(asksBeforeLeaving()).toBe(true)
    await goTo(page, 'ArrowDown', 2)
    expect(document.querySelector(editors.note)).toBeNull()
    expect(asksBeforeLeaving()).toBe(true)
    await goTo(page, 'ArrowUp', 1)
    await eventually(() => expect(element<HTMLTextAreaElement>(editors.note).value).toBe('Budget 20k'))
    press(element(editors.note), 'Escape')
    await eventually(() => expect(document.querySelector(editors.note)).toBeNull())
    expect(asksBeforeLeaving()).toBe(false)
  })

  test('When a follow-up is being changed and another contact is looked at, then the change is there afterwards', async () => {
    await openEditor('Edit follow-up', editors.task)
    type(editors.task, 'Call back twice')
    await goTo(page, 'ArrowDown', 2)
    await goTo(page, 'ArrowUp', 1)
    await eventually(() => expect(element<HTMLInputElement>(editors.task).value).toBe('Call back twice'))
    expect(document.activeElement?.id).toBe('message-field')
  })

  test('When an editor was only opened, then it is closed when one comes back', async () => {
    await openEditor('Edit note', editors.note)
    await goTo(page, 'ArrowDown', 2)
    await goTo(page, 'ArrowUp', 1)
    await eventually(() => button('Edit note'))
    expect(document.querySelector(editors.note)).toBeNull()
  })

  test('When the wrap-up shortcut is pressed in an editor, then it is saved and nothing is wrapped up', async () => {
    server().on('PUT /api/contacts/:id/notes/:id', ({ body }) =>
      ok({ note: { ...sampleNote, ...Object(body) } }),
    )
    server().on('PUT /api/contacts/:id/tasks/:id', ({ body }) =>
      ok({ task: { ...sampleTask(), ...Object(body) } }),
    )
    await openEditor('Edit note', editors.note)
    type(editors.note, 'Budget 20k')
    press(element(editors.note), 'Enter', { ctrlKey: true })
    await eventually(() => expect(textsOf('ul[aria-label="Notes"] .item-body')).toEqual(['Budget 20k']))
    await openEditor('Edit follow-up', editors.task)
    type(editors.task, 'Call back twice')
    press(element(editors.task), 'Enter', { ctrlKey: true })
    await eventually(() => expect(textsOf('ul[aria-label="Follow-ups"] label')).toEqual(['Call back twice']))
    expect(textsOf(fields.result)).toEqual([''])
    expect(asksBeforeLeaving()).toBe(false)
  })

  test('When a contact is left with something typed or changed, then its row says so until it is gone', async () => {
    type(fields.note, 'Half a thought')
    expect(describedBy('Contact 1')).toBe('Hello')
    await goTo(page, 'ArrowDown', 2)
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello Draft'))
    expect(describedBy('Contact 2')).toBe('Hello')
    await goTo(page, 'ArrowUp', 1)
    type(fields.note, '')
    await openEditor('Edit note', editors.note)
    type(editors.note, 'Budget 20k')
    await goTo(page, 'ArrowDown', 2)
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello Draft'))
  })

  test('When something failed for a contact that is not on screen, then its row says so', async () => {
    const answer = Promise.withResolvers<void>()
    server().on('POST /api/contacts/:id/messages', async () => {
      await answer.promise
      return failure('upstream_failed', 502)
    })
    await sendText('Hello')
    await goTo(page, 'ArrowDown', 2)
    answer.resolve()
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello Failed'))
  })
})
