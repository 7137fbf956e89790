import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConnectionLost, failure, heldAnswer, ok } from './fake-server.ts'
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
import { sampleMessage, sampleTask, sampleTimelineMessage } from './sample-data.ts'
import { failedPart, sentPart, taskPart, valueOf, wrapUp } from './wrap-up-samples.ts'

const messages = 'POST /api/contacts/contact-1/messages'
const wrapUps = 'POST /api/contacts/contact-1/wrap-up'
const tasks = 'POST /api/contacts/contact-1/tasks'
const notes = 'POST /api/contacts/contact-1/notes'
const tags = 'POST /api/contacts/contact-1/tags'
const alerts = () => textsOf('[role="alert"]').join()
const lost = async (): Promise<never> => {
  throw new ConnectionLost()
}

describe('one owner for each part', () => {
  let close = () => {}
  afterEach(() => {
    close()
    vi.restoreAllMocks()
  })

  async function open(prepare: (server: ReturnType<typeof createStandardServer>) => void) {
    const server = createStandardServer()
    prepare(server)
    const page = await openContact({ server })
    close = page.close
    return page
  }

  test('When a wrap-up sends the message, then Send waits for it', async () => {
    const answer = heldAnswer(ok({ parts: { message: sentPart('Hello') } }))
    const { server } = await open((it) => it.on('POST /api/contacts/:id/wrap-up', answer.handler))
    type(fields.message, 'Hello')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    wrapUp()
    await eventually(() => expect(button('Send').disabled).toBe(true))
    element('.composer').dispatchEvent(new Event('submit', { cancelable: true }))
    answer.release()
    await eventually(() => expect(valueOf(fields.message)).toBe(''))
    expect(server.callsTo(messages)).toEqual([])
  })

  test('When the answer to a wrap-up is lost, then its message is tried again there alone', async () => {
    const { server } = await open((it) => it.on('POST /api/contacts/:id/wrap-up', lost))
    type(fields.message, 'Hello')
    wrapUp()
    await eventually(() => expect(alerts()).toContain('Trying again is safe'))
    expect(button('Send').disabled).toBe(true)
    expect(element('.composer').textContent).toContain('Try it again there')
    server.on('POST /api/contacts/:id/wrap-up', ok({ parts: { message: sentPart('Hello') } }))
    button('Try again').click()
    await eventually(() => expect(valueOf(fields.message)).toBe(''))
    expect(new Set(server.callsTo(wrapUps).map((call) => call.idempotencyKey)).size).toBe(1)
    expect(server.callsTo(messages)).toEqual([])
  })

  test('When the server gave up waiting for a wrap-up, then the next one is that one again', async () => {
    const { server } = await open((it) =>
      it.on('POST /api/contacts/:id/wrap-up', failure('outcome_unknown', 504)),
    )
    type(fields.message, 'Hello')
    wrapUp()
    await eventually(() => expect(alerts()).toContain('Trying again is safe'))
    type(fields.message, 'Hello again')
    wrapUp()
    await eventually(() => expect(server.callsTo(wrapUps)).toHaveLength(2))
    const [first, second] = server.callsTo(wrapUps)
    expect(second).toMatchObject({ idempotencyKey: first?.idempotencyKey, body: first?.body })
  })

  test('When the answer to Send is lost, then a wrap-up leaves the message out', async () => {
    const { server } = await open((it) => {
      it.on('POST /api/contacts/:id/messages', lost)
      it.on(
        'POST /api/contacts/:id/wrap-up',
        ok({ parts: { tags: { ok: true, result: { tags: ['new'] } } } }),
      )
    })
    type(fields.message, 'Hello')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
    await eventually(() => expect(alerts()).toContain('It is not known whether the message was sent.'))
    type(fields.tag, 'new')
    wrapUp()
    await eventually(() => expect(textsOf(`${fields.result} li`)).toEqual(['Tags added']))
    expect(server.callsTo(wrapUps)[0]?.body).toEqual({ addTags: ['new'] })
    wrapUp()
    await eventually(() => expect(element(fields.result).textContent).toContain('The message is left out'))
    expect(server.callsTo(wrapUps)).toHaveLength(1)
  })

  test('When a repeat of a lost Send is refused before it is looked up, then it stays uncertain', async () => {
    const { server } = await open((it) => it.on('POST /api/contacts/:id/messages', lost))
    type(fields.message, 'Hello')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
    await eventually(() => expect(alerts()).toContain('It is not known whether the message was sent.'))
    server.on('POST /api/contacts/:id/messages', failure('rate_limited', 429))
    button('Try again').click()
    await eventually(() => expect(server.callsTo(messages)).toHaveLength(2))
    await eventually(() => expect(alerts()).toContain('It is not known whether the message was sent.'))
    type(fields.message, 'Hello, again')
    server.on('POST /api/contacts/:id/messages', ok({ message: sampleMessage() }, 201))
    button('Try again').click()
    await eventually(() => expect(server.callsTo(messages)).toHaveLength(3))
    const [first, , third] = server.callsTo(messages)
    expect(third).toMatchObject({ idempotencyKey: first?.idempotencyKey, body: { message: 'Hello' } })
  })

  test('When one is offline, then the message was certainly not sent, and once back one try sends it', async () => {
    const { server } = await open((it) => {
      it.on('POST /api/contacts/:id/wrap-up', lost)
      it.on('POST /api/contacts/:id/messages', ok({ message: sampleMessage({ body: 'Hello' }) }, 201))
    })
    const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    type(fields.message, 'Hello')
    wrapUp()
    await eventually(() => expect(alerts()).toContain('You are offline, so it never left this page.'))
    expect(alerts()).not.toContain('nothing is done twice')
    onLine.mockReturnValue(true)
    button('Send').click()
    await eventually(() => expect(valueOf(fields.message)).toBe(''))
    expect(alerts()).toBe('')
    expect(server.callsTo(messages)).toHaveLength(1)
    expect(server.callsTo(wrapUps)).toHaveLength(1)
  })

  test('When a message that a wrap-up could not send is sent alone, then the wrap-up has no retry for it', async () => {
    const { server } = await open((it) => {
      it.on('POST /api/contacts/:id/wrap-up', ok({ parts: { message: failedPart('upstream_unavailable') } }))
      it.on('POST /api/contacts/:id/messages', ok({ message: sampleMessage({ status: 'sent' }) }, 201))
    })
    type(fields.message, 'Hello')
    wrapUp()
    await eventually(() => button('Retry what failed'))
    button('Send').click()
    await eventually(() => expect(textsOf(`${fields.result} li`)).toEqual(['Message sent']))
    expect(element(fields.result).textContent).not.toContain('Retry')
    expect(server.callsTo(messages)).toHaveLength(1)
  })

  test('When a follow-up and a note are being added, then a wrap-up leaves them to that', async () => {
    const task = heldAnswer(ok({ task: sampleTask({ title: 'Call' }) }, 201))
    const note = heldAnswer(
      ok(
        { note: { id: 'n', contactId: 'contact-1', body: 'Nice', userId: null, at: '2026-11-21T10:00:00Z' } },
        201,
      ),
    )
    const { server } = await open((it) => {
      it.on('POST /api/contacts/:id/tasks', task.handler)
      it.on('POST /api/contacts/:id/notes', note.handler)
    })
    type(fields.followUp, 'Call')
    type(fields.note, 'Nice')
    await eventually(() => expect(button('Add note').disabled).toBe(false))
    button('Add follow-up').click()
    button('Add note').click()
    wrapUp()
    await eventually(() => expect(element(fields.result).textContent).toContain('It is being added'))
    task.release()
    note.release()
    await eventually(() => expect([fields.followUp, fields.note].map(valueOf)).toEqual(['', '']))
    expect(server.callsTo(wrapUps)).toEqual([])
  })

  test('When a wrap-up adds them, then Add follow-up, Add note and Enter in Add tag wait for it', async () => {
    const answer = heldAnswer(ok({ parts: { task: taskPart('Call') } }))
    const { server } = await open((it) => it.on('POST /api/contacts/:id/wrap-up', answer.handler))
    type(fields.followUp, 'Call')
    type(fields.note, 'Nice')
    type(fields.tag, 'new')
    wrapUp()
    await eventually(() => expect(button('Add follow-up').disabled).toBe(true))
    expect(button('Add note').disabled).toBe(true)
    press(element(fields.tag), 'Enter')
    for (const form of document.querySelectorAll('form'))
      form.dispatchEvent(new Event('submit', { cancelable: true }))
    answer.release()
    await eventually(() => expect(textsOf(`${fields.result} li`)).toEqual(['Follow-up added']))
    for (const route of [tasks, notes, tags]) expect(server.callsTo(route)).toEqual([])
  })

  test('When the answer to a follow-up is lost but it is there, then it is not added again', async () => {
    const { server } = await open((it) => {
      it.on('POST /api/contacts/:id/tasks', async () => {
        it.on('GET /api/contacts/:id/tasks', ok({ tasks: [sampleTask({ title: 'Call' })] }))
        throw new ConnectionLost()
      })
    })
    type(fields.followUp, 'Call')
    await eventually(() => expect(button('Add follow-up').disabled).toBe(false))
    button('Add follow-up').click()
    await eventually(() => expect(valueOf(fields.followUp)).toBe(''))
    expect(alerts()).toBe('')
    expect(server.callsTo(tasks)).toHaveLength(1)
  })

  test('When a follow-up may have been added, then a wrap-up leaves it out and a second try looks first', async () => {
    const { server } = await open((it) => it.on('POST /api/contacts/:id/tasks', lost))
    type(fields.followUp, 'Call')
    await eventually(() => expect(button('Add follow-up').disabled).toBe(false))
    button('Add follow-up').click()
    await eventually(() => expect(alerts()).toContain('may or may not have been added'))
    wrapUp()
    await eventually(() => expect(element(fields.result).textContent).toContain('Decide on it at its field'))
    server.on('GET /api/contacts/:id/tasks', ok({ tasks: [sampleTask({ title: 'Call' })] }))
    button('Add follow-up').click()
    await eventually(() => expect(valueOf(fields.followUp)).toBe(''))
    expect(server.callsTo(tasks)).toHaveLength(1)
    expect(server.callsTo(wrapUps)).toEqual([])
  })

  describe('words that went out a moment ago', () => {
    const twin = () =>
      sampleTimelineMessage({
        id: 'twin',
        direction: 'outbound',
        body: 'Hello',
        at: new Date().toISOString(),
      })

    test('When they are sent again, then it asks first', async () => {
      const { server } = await open((it) => {
        it.on('GET /api/contacts/:id/timeline', ok({ items: [twin()], nextCursor: null }))
        it.on('POST /api/contacts/:id/messages', ok({ message: sampleMessage() }, 201))
      })
      type(fields.message, 'Hello')
      await eventually(() => expect(button('Send').disabled).toBe(false))
      button('Send').click()
      await eventually(() => expect(document.activeElement?.textContent?.trim()).toBe('Send once more'))
      expect(element('.composer').textContent).toContain('The same words went out at')
      button('Do not send').click()
      await eventually(() => expect(button('Send').disabled).toBe(false))
      expect(server.callsTo(messages)).toEqual([])
      button('Send').click()
      await eventually(() => button('Send once more'))
      button('Send once more').click()
      await eventually(() => expect(valueOf(fields.message)).toBe(''))
      expect(server.callsTo(messages)).toHaveLength(1)
    })

    test('When a wrap-up would send them, then it asks first, and then does it all', async () => {
      const { server } = await open((it) => {
        it.on('GET /api/contacts/:id/timeline', ok({ items: [twin()], nextCursor: null }))
        it.on('POST /api/contacts/:id/wrap-up', ok({ parts: { message: sentPart('Hello') } }))
      })
      type(fields.message, 'Hello')
      wrapUp()
      await eventually(() => button('Send once more'))
      wrapUp()
      expect(server.callsTo(wrapUps)).toEqual([])
      button('Send once more').click()
      await eventually(() => expect(textsOf(`${fields.result} li`)).toEqual(['Message sent']))
      expect(server.callsTo(wrapUps)).toHaveLength(1)
    })

    test('When one moves on instead of answering, then the page says that nothing was sent', async () => {
      const page = await open((it) =>
        it.on('GET /api/contacts/:id/timeline', ok({ items: [twin()], nextCursor: null })),
      )
      type(fields.message, 'Hello')
      wrapUp()
      await page.router.push('/contacts/contact-2')
      await eventually(() => expect(alerts()).toContain('Marisol Vega: Message not sent.'))
      expect(page.server.callsTo(wrapUps)).toEqual([])
    })
  })
})
