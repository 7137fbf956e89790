import { useQueryCache } from '@pinia/colada'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import type { Task } from '../../shared/task-contract.ts'
import { tasksQueryKey } from '../../client/composables/query-keys.ts'
import {
  answerQuestion,
  describedBy,
  editors,
  goTo,
  type ItemPage,
  openEditor,
  openWithItems,
  sampleNote,
} from './edited-items.ts'
import { type Answer, failure, heldAnswer, ok } from './fake-server.ts'
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
import { sampleContact, sampleTask } from './sample-data.ts'

const notes = () => textsOf('ul[aria-label="Notes"] .item-body')

describe('an answer that comes when one went on', () => {
  let page: ItemPage
  beforeEach(async () => {
    page = await openWithItems()
  })
  afterEach(() => {
    page.close()
    vi.restoreAllMocks()
  })

  /** Holds the answers to a call back; calling what is returned gives them. */
  function holdBack(route: string, answer: Answer): () => void {
    const { handler, release } = heldAnswer(answer)
    page.server.on(route, handler)
    return release
  }

  async function saveNote(body: string): Promise<() => void> {
    const answer = holdBack('PUT /api/contacts/:id/notes/:id', ok({ note: { ...sampleNote, body } }))
    await openEditor('Edit note', editors.note)
    type(editors.note, body)
    press(element(editors.note), 'Enter', { ctrlKey: true })
    await eventually(() =>
      expect(page.server.callsTo('PUT /api/contacts/contact-1/notes/note-1')).toHaveLength(1),
    )
    return answer
  }

  test.each([
    ['note', 'Delete note', 'notes/note-1', 'Notes'],
    ['follow-up', 'Delete follow-up', `tasks/${sampleTask().id}`, 'Follow-ups'],
  ])(
    'When a %s is deleted and one writes a message by then, then the keyboard stays there',
    async (_what, name, path, list) => {
      const answer = holdBack(`DELETE /api/contacts/contact-1/${path}`, { status: 204 })
      button(name).click()
      await answerQuestion('Delete')
      await eventually(() =>
        expect(page.server.callsTo(`DELETE /api/contacts/contact-1/${path}`)).toHaveLength(1),
      )
      await eventually(() => expect(document.querySelector('[role="alertdialog"]')).toBeNull())
      element(fields.message).focus()
      answer()
      await eventually(() => expect(textsOf(`ul[aria-label="${list}"] li`)).toEqual([]))
      expect(document.activeElement?.id).toBe('message-field')
    },
  )

  test('When a note is deleted and the next contact is open by then, then the keyboard stays in its message', async () => {
    const answer = holdBack('DELETE /api/contacts/:id/notes/:id', { status: 204 })
    button('Delete note').click()
    await answerQuestion('Delete')
    await eventually(() =>
      expect(page.server.callsTo('DELETE /api/contacts/contact-1/notes/note-1')).toHaveLength(1),
    )
    await eventually(() => expect(document.querySelector('[role="alertdialog"]')).toBeNull())
    await goTo(page, 'ArrowDown', 2)
    const focused: string[] = []
    const note = () => focused.push(document.activeElement?.id ?? '')
    document.addEventListener('focusin', note)
    answer()
    await goTo(page, 'ArrowUp', 1)
    await eventually(() => expect(notes()).toEqual([]))
    document.removeEventListener('focusin', note)
    expect(focused).not.toContain('note-field')
  })

  test('When one types on while a note is saved, then it stays open with all of it', async () => {
    const answer = await saveNote('Budget 20k')
    type(editors.note, 'Budget 20k, no more')
    answer()
    await eventually(() => expect(element('[role="log"]').textContent).toContain('Budget 20k'))
    expect(element<HTMLTextAreaElement>(editors.note).value).toBe('Budget 20k, no more')
    expect(document.activeElement).toBe(element(editors.note))
    press(element(editors.note), 'Escape')
    await eventually(() => expect(notes()).toEqual(['Budget 20k']))
  })

  test('When one writes a message while a note is saved, then the keyboard stays there', async () => {
    const answer = await saveNote('Budget 20k')
    element(fields.message).focus()
    answer()
    await eventually(() => expect(notes()).toEqual(['Budget 20k']))
    expect(document.activeElement?.id).toBe('message-field')
  })

  test('When the next contact is open once a note is saved, then it is not edited any more', async () => {
    const answer = await saveNote('Budget 20k')
    await goTo(page, 'ArrowDown', 2)
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello Draft'))
    answer()
    await eventually(() => expect(describedBy('Contact 1')).toBe('Hello'))
    await goTo(page, 'ArrowUp', 1)
    await eventually(() => expect(notes()).toEqual(['Budget 20k']))
    expect(document.querySelector(editors.note)).toBeNull()
  })

  test('When one is back at the note once it is saved, then the keyboard goes on at it', async () => {
    const answer = await saveNote('Budget 20k')
    await goTo(page, 'ArrowDown', 2)
    await goTo(page, 'ArrowUp', 1)
    await eventually(() => element(editors.note).focus())
    answer()
    await eventually(() => expect(notes()).toEqual(['Budget 20k']))
    expect(document.activeElement).toBe(button('Edit note'))
  })

  test('When a note is saved again before the answer, then one is sent after the other', async () => {
    const answer = await saveNote('Budget 20k')
    page.server.on('PUT /api/contacts/:id/notes/:id', ({ body }) =>
      ok({ note: { ...sampleNote, ...Object(body) } }),
    )
    type(editors.note, 'Budget 30k')
    press(element(editors.note), 'Enter', { ctrlKey: true })
    // What is asked for later is sent later: what was to be sent before has been.
    const ticks = 'PUT /api/contacts/contact-1/tasks/task-1/completed'
    page.server.on(ticks, ok({ task: sampleTask({ completed: true }) }))
    element('ul[aria-label="Follow-ups"] .check').click()
    await eventually(() => expect(page.server.callsTo(ticks)).toHaveLength(1))
    const saves = () => page.server.callsTo('PUT /api/contacts/contact-1/notes/note-1')
    expect(saves()).toHaveLength(1)
    answer()
    await eventually(() => expect(notes()).toEqual(['Budget 30k']))
    expect(saves()).toHaveLength(2)
  })

  test('When one types on while a follow-up is saved, then it stays open with all of it', async () => {
    const task = sampleTask({ title: 'Call twice' })
    const answer = holdBack('PUT /api/contacts/:id/tasks/:id', ok({ task }))
    await openEditor('Edit follow-up', editors.task)
    type(editors.task, 'Call twice')
    press(element(editors.task), 'Enter', { ctrlKey: true })
    await eventually(() =>
      expect(page.server.callsTo(`PUT /api/contacts/contact-1/tasks/${task.id}`)).toHaveLength(1),
    )
    type(editors.task, 'Call twice a day')
    answer()
    const known = () =>
      page.app.runWithContext(useQueryCache).getQueryData<Task[]>(tasksQueryKey('contact-1'))
    await eventually(() => expect(known()).toEqual([task]))
    await nextTick()
    expect(element<HTMLInputElement>(editors.task).value).toBe('Call twice a day')
    press(element(editors.task), 'Escape')
    await eventually(() => expect(textsOf('ul[aria-label="Follow-ups"] label')).toEqual(['Call twice']))
  })

  test.each([
    ['note', 'Edit note', editors.note],
    ['follow-up', 'Edit follow-up', editors.task],
  ])('When Escape ends the composing of a word in a %s, then it stays open', async (_what, name, editor) => {
    await openEditor(name, editor)
    press(element(editor), 'Escape', { isComposing: true })
    await nextTick()
    type(editor, 'Typed on')
    expect(element<HTMLInputElement>(editor).value).toBe('Typed on')
    press(element(editor), 'Escape')
    await eventually(() => expect(document.querySelector(editor)).toBeNull())
  })
})

describe('a contact that cannot be read', () => {
  let close = () => {}
  afterEach(() => close())

  test('When it fails while one types, then the field stays, and the contact can be read again', async () => {
    const server = createStandardServer()
    const { handler, release } = heldAnswer(failure('upstream_failed', 502))
    server.on('GET /api/contacts/:id', handler)
    const page = await openPage({ server, path: '/contacts/contact-1' })
    close = page.close
    await eventually(() => element(fields.message))
    type(fields.message, 'Hi ')
    release()
    await eventually(() =>
      expect(textsOf('[role="alert"]').join()).toContain('The contact could not be loaded.'),
    )
    expect(document.activeElement?.id).toBe('message-field')
    server.on('GET /api/contacts/:id', ok({ contact: sampleContact() }))
    button('Try again').focus()
    button('Try again').click()
    await eventually(() => expect(document.querySelector('[role="alert"]')).toBeNull())
    expect(document.activeElement).toBe(element('h1'))
    expect(element<HTMLTextAreaElement>(fields.message).value).toBe('Hi ')
  })

  test('When a tag is added to it, then the contact is read again and shows it', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id', failure('upstream_failed', 502))
    server.on('POST /api/contacts/:id/tags', ok({ tags: ['hot'] }))
    const page = await openPage({ server, path: '/contacts/contact-1' })
    close = page.close
    await eventually(() =>
      expect(textsOf('[role="alert"]').join()).toContain('The contact could not be loaded.'),
    )
    // Once more when changes are listened for; from then on nobody asks by themselves.
    await eventually(() => expect(server.callsTo('GET /api/contacts/contact-1')).toHaveLength(2))
    server.on('GET /api/contacts/:id', ok({ contact: sampleContact({ tags: ['hot'] }) }))
    type(fields.tag, 'hot')
    await nextTick()
    press(element(fields.tag), 'Enter')
    await eventually(() => expect(textsOf('ul[aria-label="Tags"] li').join()).toContain('hot'))
  })

  test('When there is no such contact, then nothing of it is offered', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id', failure('not_found', 404))
    const page = await openPage({ server, path: '/contacts/contact-1' })
    close = page.close
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('This contact cannot be shown'))
    expect(document.querySelector(fields.message)).toBeNull()
  })
})
