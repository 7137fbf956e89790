import { afterEach, describe, expect, test } from 'vitest'
import { typedTags, withChanges } from '../../client/composables/useContactTags.ts'
import { failure, ok } from './fake-server.ts'
import {
  eventually,
  button,
  createStandardServer,
  element,
  fields,
  openContact,
  press,
  textsOf,
  type,
} from './page-harness.ts'

const shown = () => textsOf('ul[aria-label="Tags"] bdi')
const options = () => textsOf('[role="option"]')
const field = () => element<HTMLInputElement>(fields.tag)

async function openWithTagPicker(server = createStandardServer()) {
  server.on('POST /api/contacts/:id/tags', ok({ tags: ['vip', 'added'] }))
  const page = await openContact({ server })
  await eventually(() => expect(server.callsTo('GET /api/tags')).toHaveLength(1))
  return page
}

describe('tags of a contact', () => {
  let close = () => {}
  afterEach(() => close())

  test('When changes are pending, then they show on top of what the CRM has', () => {
    const changes = [
      { kind: 'add' as const, tags: ['b', 'a'] },
      { kind: 'remove' as const, tags: ['a'] },
    ]
    expect(withChanges(['a', 'c'], changes)).toEqual(['c', 'b'])
  })

  test('When several tags are typed with commas, then each is taken once, as the CRM writes it', () => {
    expect(typedTags(' VIP, hot lead,,vip ')).toEqual(['vip', 'hot lead'])
  })

  test('When Enter is pressed, then what was typed is added, whatever is offered', async () => {
    const page = await openWithTagPicker()
    close = page.close
    type(fields.tag, 'callb')
    await eventually(() => expect(options()).toEqual(['callback', 'Create “callb”']))
    press(field(), 'Enter')
    await eventually(() => expect(shown()).toEqual(['vip', 'added']))
    expect(page.server.callsTo('POST /api/contacts/contact-1/tags')[0]?.body).toEqual({ tags: ['callb'] })
    expect(field().value).toBe('')
  })

  test('When an offered tag is gone to with the arrow keys, then Enter adds that one', async () => {
    const page = await openWithTagPicker()
    close = page.close
    type(fields.tag, 'callb')
    await eventually(() => expect(options()).toHaveLength(2))
    press(field(), 'ArrowDown')
    await eventually(() => expect(field().getAttribute('aria-activedescendant')).toBeTruthy())
    press(field(), 'Enter')
    await eventually(() => expect(page.server.callsTo('POST /api/contacts/contact-1/tags')).toHaveLength(1))
    expect(page.server.callsTo('POST /api/contacts/contact-1/tags')[0]?.body).toEqual({ tags: ['callback'] })
  })

  test('When the offers change after one was gone to, then Enter adds that one all the same', async () => {
    const server = createStandardServer()
    const known = Promise.withResolvers<ReturnType<typeof ok>>()
    server.on('GET /api/tags', () => known.promise)
    const page = await openWithTagPicker(server)
    close = page.close
    type(fields.tag, 'callb')
    await eventually(() => expect(options()).toEqual(['Create “callb”']))
    press(field(), 'ArrowDown')
    await eventually(() => expect(field().getAttribute('aria-activedescendant')).toBeTruthy())
    known.resolve(ok({ tags: [{ id: 'tag-1', name: 'callback' }] }))
    await eventually(() => expect(options()).toEqual(['callback', 'Create “callb”']))
    expect(
      document.getElementById(field().getAttribute('aria-activedescendant') ?? '')?.textContent,
    ).toContain('Create “callb”')
    press(field(), 'Enter')
    await eventually(() => expect(page.server.callsTo('POST /api/contacts/contact-1/tags')).toHaveLength(1))
    expect(page.server.callsTo('POST /api/contacts/contact-1/tags')[0]?.body).toEqual({ tags: ['callb'] })
  })

  test('When tags are offered, then those the contact has are not among them', async () => {
    const page = await openWithTagPicker()
    close = page.close
    type(fields.tag, 'vip')
    await eventually(() => expect(options()).toEqual(['vip gold']))
    press(field(), 'Escape')
    await eventually(() => expect(options()).toEqual([]))
    expect(field().value).toBe('vip')
  })

  test('When adding fails, then the tag is taken back and its name returns to the field', async () => {
    const server = createStandardServer()
    const answer = Promise.withResolvers<ReturnType<typeof ok>>()
    const page = await openWithTagPicker(server)
    close = page.close
    server.on('POST /api/contacts/:id/tags', () => answer.promise)
    type(fields.tag, 'hot')
    await eventually(() => expect(options()).toEqual(['Create “hot”']))
    press(field(), 'Enter')
    await eventually(() => expect(shown()).toEqual(['vip', 'hot']))
    answer.resolve(failure('upstream_unavailable', 503))
    await eventually(() => expect(shown()).toEqual(['vip']))
    expect(field().value).toBe('hot')
    expect(textsOf('[role="alert"]').join()).toContain('The tag “hot” was not added.')
  })

  test('When a tag is removed, then it is gone at once and can be brought back', async () => {
    const page = await openWithTagPicker()
    close = page.close
    page.server.on('DELETE /api/contacts/:id/tags', ok({ tags: [] }))
    page.server.on('POST /api/contacts/:id/tags', ok({ tags: ['vip'] }))
    button('Remove tag vip').click()
    await eventually(() => expect(shown()).toEqual([]))
    expect(page.server.callsTo('DELETE /api/contacts/contact-1/tags')[0]?.body).toEqual({ tags: ['vip'] })
    await eventually(() => button('Undo').click())
    await eventually(() => expect(shown()).toEqual(['vip']))
    await eventually(() =>
      expect(page.server.callsTo('POST /api/contacts/contact-1/tags')[0]?.body).toEqual({ tags: ['vip'] }),
    )
  })
})
