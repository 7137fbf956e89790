import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ok } from './fake-server.ts'
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
import { sampleContact } from './sample-data.ts'

const tags = Array.from({ length: 40 }, (_, index) => `campaign ${index + 1}`)
const shown = () => textsOf('ul[aria-label="Tags"] bdi')

async function openWithTags(names: string[]) {
  const server = createStandardServer()
  server.on('GET /api/contacts/:id', ok({ contact: sampleContact({ tags: names }) }))
  server.on('POST /api/contacts/:id/tags', ok({ tags: [...names, 'fresh'] }))
  server.on('DELETE /api/contacts/:id/tags', ok({ tags: names.slice(1) }))
  return openContact({ server })
}

describe('a contact with many tags', () => {
  let page: Awaited<ReturnType<typeof openWithTags>>
  beforeEach(async () => {
    page = await openWithTags(tags)
  })
  afterEach(() => page.close())

  test('When all are asked for, then all show, and a few again after that', async () => {
    const few = shown()
    expect(few).toEqual(tags.slice(0, few.length))
    expect(few.length).toBeLessThan(16)
    const more = button('Show all 40')
    expect(more.getAttribute('aria-controls')).toBe(element('ul[aria-label="Tags"]').id)
    more.click()
    await eventually(() => expect(shown()).toEqual(tags))
    expect(more.getAttribute('aria-expanded')).toBe('true')
    more.click()
    await eventually(() => expect(shown()).toEqual(few))
  })

  test('When one is added, then it shows although it is the last', async () => {
    type(fields.tag, 'fresh')
    await eventually(() => expect(textsOf('[role="option"]')).toEqual(['Create “fresh”']))
    press(element(fields.tag), 'Enter')
    await eventually(() => expect(shown().at(-1)).toBe('fresh'))
    expect(shown().length).toBeLessThan(17)
  })

  test('When one is removed by keyboard, then the keyboard is on the next, and another comes into view', async () => {
    const few = shown()
    const first = button('Remove tag campaign 1')
    first.focus()
    press(first, 'Delete')
    await eventually(() => expect(shown()).toEqual(tags.slice(1, few.length + 1)))
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Remove tag campaign 2')
  })
})

test('When a tag is very long, then a few show all the same, and its name can be read whole', async () => {
  const page = await openWithTags([...Array(20)].map((_, index) => `${index}${'x'.repeat(240)}`))
  expect(shown().length).toBeLessThan(4)
  expect(element('ul[aria-label="Tags"] bdi').title).toHaveLength(241)
  page.close()
})
