import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConnectionLost, failure, ok } from './fake-server.ts'
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
import { me, sampleContact, sampleMessage, sampleTask } from './sample-data.ts'

const route = 'POST /api/contacts/contact-1/wrap-up'
const failedPart = (code: string) => ({ ok: false, error: { code, message: code } })
const allParts = {
  message: { ok: true, result: sampleMessage({ body: 'Hello' }) },
  tags: { ok: true, result: { tags: ['vip', 'hot lead'] } },
  task: { ok: true, result: sampleTask({ title: 'Call back' }) },
  note: {
    ok: true,
    result: { id: 'note-1', contactId: 'contact-1', body: 'Nice', userId: null, at: '2026-11-21T10:00:00Z' },
  },
}

async function openFilled(answer: Parameters<ReturnType<typeof createStandardServer>['on']>[1]) {
  const server = createStandardServer()
  server.on('POST /api/contacts/:id/wrap-up', answer)
  const page = await openContact({ server })
  await eventually(() => expect(textsOf('select option')).toContain('Luis Prado'))
  type(fields.message, 'Hello')
  type(fields.tag, 'Hot Lead')
  type(fields.followUp, 'Call back')
  type(fields.note, 'Nice')
  return page
}

const wrapUp = () => press(document.activeElement ?? document.body, 'Enter', { ctrlKey: true })
const valueOf = (selector: string) => element<HTMLInputElement>(selector).value
const result = () => textsOf(`${fields.result} li`)

describe('wrapping up', () => {
  let close = () => {}
  afterEach(() => {
    close()
    vi.useRealTimers()
  })

  test('When everything is filled in, then one call does it all and the fields are free again', async () => {
    const page = await openFilled(ok({ parts: allParts }))
    close = page.close
    wrapUp()
    await eventually(() =>
      expect(result()).toEqual(['Message sent and delivered', 'Tags added', 'Follow-up added', 'Note added']),
    )
    const [call] = page.server.callsTo(route)
    expect(call?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/)
    expect(call?.body).toEqual({
      message: { message: 'Hello' },
      addTags: ['hot lead'],
      task: {
        title: 'Call back',
        dueDate: expect.stringMatching(/T1[56]:00:00.000Z$/),
        assignedTo: me.id,
        completed: false,
      },
      note: { body: 'Nice' },
    })
    expect([fields.message, fields.tag, fields.followUp, fields.note].map(valueOf)).toEqual(['', '', '', ''])
    expect(textsOf('ul[aria-label="Tags"] bdi')).toEqual(['vip', 'hot lead'])
    expect(element('[role="log"]').textContent).toContain('Hello')
  })

  test('When one part fails, then only its text stays, and a retry asks for it alone under the same key', async () => {
    const page = await openFilled(ok({ parts: { ...allParts, message: failedPart('dnd_active') } }))
    close = page.close
    wrapUp()
    await eventually(() =>
      expect(result()[0]).toContain('Message not sent: The contact is on do not disturb'),
    )
    expect([fields.message, fields.tag, fields.followUp, fields.note].map(valueOf)).toEqual([
      'Hello',
      '',
      '',
      '',
    ])
    page.server.on('POST /api/contacts/:id/wrap-up', ok({ parts: allParts }))
    button('Retry what failed').click()
    await eventually(() => expect(result()[0]).toBe('Message sent and delivered'))
    expect(result()).toHaveLength(4)
    const [first, second] = page.server.callsTo(route)
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey)
    expect(second?.body).toEqual({ message: { message: 'Hello' } })
    expect(valueOf(fields.message)).toBe('')
  })

  test('When something else is wrapped up later, then it has a key of its own', async () => {
    const page = await openFilled(ok({ parts: allParts }))
    close = page.close
    wrapUp()
    await eventually(() => expect(result()).toHaveLength(4))
    type(fields.note, 'One more')
    page.server.on('POST /api/contacts/:id/wrap-up', ok({ parts: { note: allParts.note } }))
    wrapUp()
    await eventually(() => expect(result()).toEqual(['Note added']))
    const [first, second] = page.server.callsTo(route)
    expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey)
    expect(second?.body).toEqual({ note: { body: 'One more' } })
  })

  test('When the answer is lost, then the next try repeats it unchanged and keeps what was typed since', async () => {
    const page = await openFilled(() => {
      throw new ConnectionLost()
    })
    close = page.close
    wrapUp()
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('Trying again is safe'))
    type(fields.note, 'Nice, and more')
    page.server.on('POST /api/contacts/:id/wrap-up', ok({ parts: allParts }))
    wrapUp()
    await eventually(() => expect(result()).toHaveLength(4))
    const [first, second] = page.server.callsTo(route)
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey)
    expect(second?.body).toEqual(first?.body)
    expect(valueOf(fields.note)).toBe('Nice, and more')
    expect(valueOf(fields.message)).toBe('')
  })

  test('When a message may have gone out, then no later wrap-up sends it again by itself', async () => {
    const page = await openFilled(ok({ parts: { ...allParts, message: failedPart('outcome_unknown') } }))
    close = page.close
    wrapUp()
    await eventually(() => expect(result()[0]).toContain('may or may not have gone out'))
    expect(textsOf('[role="alert"]').join()).toContain('Look at the conversation above')
    wrapUp()
    await eventually(() => expect(element(fields.result).textContent).toContain('The message is left out'))
    expect(page.server.callsTo(route)).toHaveLength(1)

    page.server.on('POST /api/contacts/:id/wrap-up', ok({ parts: allParts }))
    button('Check again').click()
    await eventually(() => expect(valueOf(fields.message)).toBe(''))
    const [first, second] = page.server.callsTo(route)
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey)
  })

  test('When the whole call fails, then it says why, for how long to wait, and everything stays', async () => {
    const page = await openFilled(failure('rate_limited', 429, undefined, { 'retry-after': '12' }))
    close = page.close
    wrapUp()
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('Try again in 12 seconds'))
    expect(textsOf('[role="alert"]').join()).toContain('Reference req_test')
    expect([fields.message, fields.tag, fields.followUp, fields.note].map(valueOf)).toEqual([
      'Hello',
      'Hot Lead',
      'Call back',
      'Nice',
    ])
  })

  test('When nothing is filled in, then it says so and asks nothing of the server', async () => {
    const page = await openContact()
    close = page.close
    wrapUp()
    await eventually(() => expect(element(fields.result).textContent).toContain('Nothing to wrap up yet'))
    expect(page.server.callsTo(route)).toEqual([])
  })

  test('When the message is too long, then nothing is sent and it says what to do', async () => {
    const page = await openContact()
    close = page.close
    type(fields.message, 'a'.repeat(1601))
    wrapUp()
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('Shorten it'))
    expect(page.server.callsTo(route)).toEqual([])
  })

  test('When the contact cannot be texted, then the rest is wrapped up without the message', async () => {
    const server = createStandardServer()
    const smsDnd = { blocked: true, status: 'active' as const, reason: null }
    server.on('GET /api/contacts/:id', ok({ contact: sampleContact({ smsDnd }) }))
    server.on('POST /api/contacts/:id/wrap-up', ok({ parts: { note: allParts.note } }))
    const page = await openContact({ server })
    close = page.close
    type(fields.note, 'Nice')
    wrapUp()
    await eventually(() => expect(result()).toEqual(['Note added']))
    expect(page.server.callsTo(route)[0]?.body).toEqual({ note: { body: 'Nice' } })
  })

  test('When one looks at another contact and comes back, then what was typed is still there', async () => {
    const page = await openFilled(ok({ parts: allParts }))
    close = page.close
    await page.router.push('/contacts/contact-2')
    await eventually(() => expect(valueOf(fields.note)).toBe(''))
    await page.router.push('/contacts/contact-1')
    await eventually(() => expect(valueOf(fields.note)).toBe('Nice'))
  })
})
