import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, ConnectionLost, failure, ok } from './fake-server.ts'
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
import { sampleContact, sampleTask } from './sample-data.ts'

const note = { id: 'n', contactId: 'contact-1', body: 'Nice', userId: null, at: '2026-11-20T10:00:00Z' }
const alerts = () => textsOf('[role="alert"] p')
const refused = failure('upstream_failed', 502)
const confirmed = () => eventually(() => element('[role="alertdialog"] .button-danger').click())

const tick = {
  act: () => element('ul[aria-label="Follow-ups"] input').click(),
  told: 'The follow-up was not changed.',
}
const removeTag = {
  act: () => button('Remove tag vip').click(),
  told: 'The tag “vip” was not removed.',
}

describe('what failed at a contact one has left', () => {
  let page: Awaited<ReturnType<typeof openContact>>
  let held: PromiseWithResolvers<Answer>
  const answerLater = () => held.promise
  beforeEach(async () => {
    held = Promise.withResolvers()
    const server = createStandardServer()
    server.on('GET /api/contacts/contact-1/tasks', ok({ tasks: [sampleTask()] }))
    server.on('GET /api/contacts/contact-1/notes', ok({ notes: [note] }))
    const second = sampleContact({ id: 'contact-2', name: 'Ann Lee', tags: [] })
    server.on('GET /api/contacts/contact-2', ok({ contact: second }))
    for (const path of ['tasks/:id/completed', 'tasks/:id'])
      server.on(`PUT /api/contacts/:id/${path}`, answerLater)
    for (const path of ['tasks/:id', 'notes/:id', 'tags'])
      server.on(`DELETE /api/contacts/:id/${path}`, answerLater)
    server.on('POST /api/contacts/:id/tags', answerLater)
    page = await openContact({ server })
    await eventually(() => [button('Edit follow-up'), button('Edit note')])
  })
  afterEach(() => page.close())

  async function changeAndLeave(act: () => unknown): Promise<void> {
    const reads = page.server.calls.length
    await act()
    await eventually(() =>
      expect(page.server.calls.slice(reads).some(({ method }) => method !== 'GET')).toBe(true),
    )
    await goTo('contact-2', 'Ann Lee')
  }

  async function goTo(contactId: string, name: string): Promise<void> {
    await page.router.push(`/contacts/${contactId}`)
    await eventually(() => expect(element('h1').textContent).toContain(name))
  }

  async function deleteItem(name: string): Promise<void> {
    button(name).click()
    await confirmed()
  }

  test.each([
    ['a tick', tick.act, tick.told],
    ['the deletion of a follow-up', () => deleteItem('Delete follow-up'), 'The follow-up was not deleted.'],
    ['the deletion of a note', () => deleteItem('Delete note'), 'The note was not deleted.'],
    ['the removal of a tag', removeTag.act, removeTag.told],
    [
      'a tag',
      async () => {
        type(fields.tag, 'hot')
        await eventually(() => expect(textsOf('[role="option"]')).toEqual(['Create “hot”']))
        press(element(fields.tag), 'Enter')
      },
      'The tag “hot” was not added.',
    ],
  ])('When %s is refused, then the page tells of it', async (_what, act, told) => {
    await changeAndLeave(act)
    held.resolve(refused)
    await eventually(() => expect(alerts()).toEqual([`Marisol Vega: ${told}`]))
    button('Open').click()
    await eventually(() => expect(element('h1').textContent).toContain('Marisol Vega'))
    expect(alerts()).toEqual([])
  })

  test('When the answer is lost, then the page says that nobody knows', async () => {
    await changeAndLeave(tick.act)
    held.reject(new ConnectionLost())
    await eventually(() =>
      expect(alerts()).toEqual(['Marisol Vega: The follow-up may or may not have been changed.']),
    )
  })

  test('When several things are refused, then each is told', async () => {
    await changeAndLeave(() => {
      tick.act()
      removeTag.act()
    })
    held.resolve(refused)
    await eventually(() => {
      const told = alerts().join()
      for (const what of [tick.told, removeTag.told]) expect(told).toContain(what)
    })
    expect(alerts()).toHaveLength(1)
  })

  test('When one is back before it is refused, then it is told all the same', async () => {
    await changeAndLeave(tick.act)
    await goTo('contact-1', 'Marisol Vega')
    held.resolve(refused)
    await eventually(() => expect(alerts()).toEqual([`Marisol Vega: ${tick.told}`]))
    button('Open').click()
    await eventually(() => expect(alerts()).toEqual([]))
    await eventually(() => expect(document.activeElement?.id).toBe('message-field'))
  })

  test('When one has not left, then it is told beside it alone', async () => {
    tick.act()
    held.resolve(refused)
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain(tick.told))
    expect(textsOf('[role="alert"]')).toHaveLength(1)
    expect(alerts().join()).not.toContain('Marisol Vega')
  })
})
