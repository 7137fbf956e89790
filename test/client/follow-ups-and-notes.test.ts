import { afterEach, describe, expect, test } from 'vitest'
import { sortTasks } from '../../client/composables/useFollowUps.ts'
import { answerQuestion, sampleNote } from './edited-items.ts'
import { ConnectionLost, failure, ok } from './fake-server.ts'
import {
  eventually,
  button,
  createStandardServer,
  element,
  fields,
  openContact,
  textsOf,
  type,
} from './page-harness.ts'
import { me, sampleTask } from './sample-data.ts'

const titles = () => textsOf('ul[aria-label="Follow-ups"] label')
async function openWithTask() {
  const server = createStandardServer()
  const overdue = sampleTask({ id: 'late', title: 'Was due', dueDate: '2020-01-01T10:00:00Z' })
  server.on(
    'GET /api/contacts/:id/tasks',
    ok({ tasks: [sampleTask({ dueDate: '2099-01-01T10:00:00Z' }), overdue] }),
  )
  server.on('GET /api/contacts/:id/notes', ok({ notes: [sampleNote] }))
  const page = await openContact({ server })
  await eventually(() => expect(titles()).toEqual(['Was due', 'Call back']))
  return page
}

describe('follow-ups and notes', () => {
  let close = () => {}
  afterEach(() => close())

  test('When tasks are listed, then open ones come first, the most urgent on top', () => {
    const tasks = [
      sampleTask({ id: 'done', completed: true, dueDate: '2026-01-01T00:00:00Z' }),
      sampleTask({ id: 'no date', dueDate: null }),
      sampleTask({ id: 'later', dueDate: '2026-12-02T00:00:00Z' }),
      sampleTask({ id: 'sooner', dueDate: '2026-12-01T00:00:00Z' }),
      sampleTask({ id: 'done lately', completed: true, dueDate: '2026-02-01T00:00:00Z' }),
    ]
    expect(sortTasks(tasks).map((task) => task.id)).toEqual([
      'sooner',
      'later',
      'no date',
      'done lately',
      'done',
    ])
  })

  test('When a task is overdue, then it says so in words', async () => {
    const page = await openWithTask()
    close = page.close
    expect(textsOf('ul[aria-label="Follow-ups"] p')[0]).toMatch(/^Overdue since/)
  })

  test('When a follow-up is added, then it goes to me, is due tomorrow at nine, and the form is empty', async () => {
    const page = await openWithTask()
    close = page.close
    page.server.on(
      'POST /api/contacts/:id/tasks',
      ok({ task: sampleTask({ id: 'new', title: 'Send quote' }) }, 201),
    )
    type(fields.followUp, 'Send quote')
    await eventually(() => expect(button('Add follow-up').disabled).toBe(false))
    button('Add follow-up').click()
    await eventually(() => expect(titles()).toContain('Send quote'))
    expect(page.server.callsTo('POST /api/contacts/contact-1/tasks')[0]?.body).toMatchObject({
      title: 'Send quote',
      assignedTo: me.id,
      completed: false,
    })
    expect(element<HTMLInputElement>(fields.followUp).value).toBe('')
    expect(document.activeElement?.id).toBe('follow-up-field')
  })

  test('When the assignee list does not know me, then a follow-up is unassigned', async () => {
    const server = createStandardServer()
    server.on('GET /api/users', ok({ users: [{ id: 'user-2', name: 'Luis Prado', email: '' }] }))
    server.on('POST /api/contacts/:id/tasks', ok({ task: sampleTask() }, 201))
    const page = await openContact({ server })
    close = page.close
    await eventually(() => expect(textsOf('select option')).not.toContain('Dana Whitfield (me)'))
    type(fields.followUp, 'Send quote')
    await eventually(() => expect(button('Add follow-up').disabled).toBe(false))
    button('Add follow-up').click()
    await eventually(() => expect(server.callsTo('POST /api/contacts/contact-1/tasks')).toHaveLength(1))
    expect(server.callsTo('POST /api/contacts/contact-1/tasks')[0]?.body).not.toHaveProperty('assignedTo')
  })

  test('When the answer to a tick is lost, then it says that it may have been changed', async () => {
    const page = await openWithTask()
    close = page.close
    page.server.on('PUT /api/contacts/:id/tasks/:id/completed', async () => {
      throw new ConnectionLost()
    })
    element<HTMLInputElement>('ul[aria-label="Follow-ups"] input').click()
    await eventually(() =>
      expect(textsOf('[role="alert"]').join()).toContain('The follow-up may or may not have been changed.'),
    )
  })

  test('When completing is refused, then the task is open again and it says why', async () => {
    const page = await openWithTask()
    close = page.close
    page.server.on('PUT /api/contacts/:id/tasks/:id/completed', failure('upstream_failed', 502))
    element<HTMLInputElement>('ul[aria-label="Follow-ups"] input').click()
    await eventually(() =>
      expect(textsOf('[role="alert"]').join()).toContain('The follow-up was not changed.'),
    )
    expect(element<HTMLInputElement>('ul[aria-label="Follow-ups"] input').checked).toBe(false)
  })

  test('When a follow-up is deleted, then it asks first', async () => {
    const page = await openWithTask()
    close = page.close
    page.server.on('DELETE /api/contacts/:id/tasks/:id', { status: 204 })
    button('Delete follow-up').click()
    await answerQuestion('Cancel')
    await eventually(() => expect(document.querySelector('[role="alertdialog"]')).toBeNull())
    expect(titles()).toHaveLength(2)
    button('Delete follow-up').click()
    await answerQuestion('Delete')
    await eventually(() => expect(titles()).toEqual(['Call back']))
    expect(page.server.callsTo('DELETE /api/contacts/contact-1/tasks/late')).toHaveLength(1)
  })

  test('When a follow-up is edited, then it is sent whole', async () => {
    const page = await openWithTask()
    close = page.close
    page.server.on('PUT /api/contacts/:id/tasks/:id', ({ body }) =>
      ok({ task: { ...sampleTask({ id: 'late' }), ...Object(body) } }),
    )
    button('Edit follow-up').click()
    await eventually(() => element('form.editor'))
    type('form.editor input[type="text"]', 'Is due')
    button('Save').click()
    await eventually(() => expect(titles()).toContain('Is due'))
    expect(page.server.callsTo('PUT /api/contacts/contact-1/tasks/late')[0]?.body).toEqual({
      title: 'Is due',
      body: '',
      dueDate: '2020-01-01T10:00:00.000Z',
      assignedTo: null,
      completed: false,
    })
  })

  test('When a note is added, edited and deleted, then the list and the conversation follow', async () => {
    const page = await openWithTask()
    close = page.close
    const notes = () => textsOf('ul[aria-label="Notes"] .item-body')
    const thread = () => element('[role="log"]').textContent
    page.server.on(
      'POST /api/contacts/:id/notes',
      ok({ note: { ...sampleNote, id: 'note-2', body: 'Likes blue' } }, 201),
    )
    type(fields.note, 'Likes blue')
    await eventually(() => expect(button('Add note').disabled).toBe(false))
    button('Add note').click()
    await eventually(() => expect(notes()).toContain('Likes blue'))
    expect(thread()).toContain('Likes blue')

    page.server.on('PUT /api/contacts/:id/notes/:id', ({ path, body }) =>
      ok({ note: { ...sampleNote, id: path.split('/').at(-1), ...Object(body) } }),
    )
    button('Edit note').click()
    await eventually(() => element('textarea[aria-label="Edit note"]'))
    type('textarea[aria-label="Edit note"]', 'Changed')
    button('Save').click()
    await eventually(() => expect(notes()).toContain('Changed'))
    expect(thread()).toContain('Changed')

    page.server.on('DELETE /api/contacts/:id/notes/:id', { status: 204 })
    const changedFirst = notes()[0] === 'Changed'
    button('Delete note').click()
    await answerQuestion('Delete')
    await eventually(() => expect(notes()).toHaveLength(1))
    expect(thread()?.includes('Changed')).toBe(!changedFirst)
  })
})
