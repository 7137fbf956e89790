import { afterEach, describe, expect, test } from 'vitest'
import { failure, heldAnswer, ok } from './fake-server.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  fields,
  openContact,
  textsOf,
  type,
} from './page-harness.ts'
import { sampleContact, sampleTimelineMessage } from './sample-data.ts'
import { failedPart, sentPart, taskPart, valueOf, wrapUp } from './wrap-up-samples.ts'

const wrapUps = 'POST /api/contacts/contact-1/wrap-up'
const result = () => textsOf(`${fields.result} li`)
const alerts = () => textsOf('[role="alert"]').join()

describe('after a wrap-up', () => {
  let close = () => {}
  afterEach(() => close())

  async function open(prepare: (server: ReturnType<typeof createStandardServer>) => void) {
    const server = createStandardServer()
    prepare(server)
    const page = await openContact({ server })
    close = page.close
    return page
  }

  test('When what was refused is corrected, then the retry sends what is in the field and goes to the result', async () => {
    const { server } = await open((it) =>
      it.on('POST /api/contacts/:id/wrap-up', ok({ parts: { task: failedPart('validation') } })),
    )
    type(fields.followUp, 'Cal')
    wrapUp()
    await eventually(() => expect(result()[0]).toContain('Check what you entered'))
    type(fields.followUp, 'Call')
    server.on('POST /api/contacts/:id/wrap-up', ok({ parts: { task: taskPart('Call') } }))
    button('Retry what failed').click()
    await eventually(() => expect(result()).toEqual(['Follow-up added']))
    const [first, second] = server.callsTo(wrapUps)
    expect(second?.body).toMatchObject({ task: { title: 'Call' } })
    expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey)
    expect(valueOf(fields.followUp)).toBe('')
    await eventually(() => expect(document.activeElement).toBe(element(fields.result)))
  })

  test('When nobody knows whether it happened, then the retry repeats it as it was, and goes to its field', async () => {
    const { server } = await open((it) =>
      it.on('POST /api/contacts/:id/wrap-up', ok({ parts: { task: failedPart('outcome_unknown') } })),
    )
    type(fields.followUp, 'Cal')
    wrapUp()
    await eventually(() => expect(result()[0]).toContain('may or may not be added'))
    type(fields.followUp, 'Call')
    button('Retry what failed').click()
    await eventually(() => expect(server.callsTo(wrapUps)).toHaveLength(2))
    const [first, second] = server.callsTo(wrapUps)
    expect(second).toMatchObject({ idempotencyKey: first?.idempotencyKey, body: first?.body })
    await eventually(() => expect(document.activeElement?.id).toBe('follow-up-field'))
  })

  test('When a follow-up may have been added, then the next wrap-up is the retry of it', async () => {
    const { server } = await open((it) =>
      it.on('POST /api/contacts/:id/wrap-up', ok({ parts: { task: failedPart('outcome_unknown') } })),
    )
    type(fields.followUp, 'Call')
    wrapUp()
    await eventually(() => expect(result()[0]).toContain('may or may not be added'))
    expect(button('Add follow-up').disabled).toBe(true)
    wrapUp()
    await eventually(() => expect(server.callsTo(wrapUps)).toHaveLength(2))
    expect(new Set(server.callsTo(wrapUps).map((call) => call.idempotencyKey)).size).toBe(1)
  })

  test('When Try again at the composer is pressed, then the keyboard goes on in the message', async () => {
    const { server } = await open((it) => it.on('POST /api/contacts/:id/messages', failure('rejected', 422)))
    type(fields.message, 'Hello')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
    await eventually(() => expect(alerts()).toContain('The message was not sent.'))
    button('Try again').focus()
    button('Try again').click()
    await eventually(() => expect(server.callsTo('POST /api/contacts/contact-1/messages')).toHaveLength(2))
    expect(document.activeElement?.id).toBe('message-field')
  })

  test('When the message fails on its way, then the result and the bubble say so and what to do', async () => {
    const { server, readAgain } = await openLive()
    type(fields.message, 'Hello')
    wrapUp()
    await eventually(() => expect(result()).toEqual(['Message sent']))
    server.on('GET /api/contacts/:id/timeline', ok({ items: [failedText()], nextCursor: null }))
    readAgain()
    await eventually(() => expect(result()[0]).toContain('Message not delivered: It was not delivered.'))
    expect(element('article.failed').textContent).toContain('Check the phone number')
    button('Write it again').click()
    await eventually(() => expect(valueOf(fields.message)).toBe('Hello'))
    expect(result()).toEqual([])
  })

  const failedText = () =>
    sampleTimelineMessage({
      id: 'message-new',
      direction: 'outbound',
      body: 'Hello',
      status: 'failed',
      at: '2026-11-21T10:00:00.000Z',
    })

  /** The conversation is read again when the page is looked at again. */
  async function openLive() {
    const page = await open((it) =>
      it.on('POST /api/contacts/:id/wrap-up', ok({ parts: { message: sentPart('Hello') } })),
    )
    return { ...page, readAgain: () => document.dispatchEvent(new Event('visibilitychange')) }
  }

  test('When the next thing is written, then the last result is gone', async () => {
    await openLive()
    type(fields.message, 'Hello')
    wrapUp()
    await eventually(() => expect(result()).toEqual(['Message sent']))
    type(fields.note, 'N')
    await eventually(() => expect(result()).toEqual([]))
  })

  test('When the conversation shows the message in doubt, then the doubt ends by itself', async () => {
    const { server } = await open((it) =>
      it.on('POST /api/contacts/:id/wrap-up', ok({ parts: { message: failedPart('outcome_unknown') } })),
    )
    type(fields.message, 'Hello')
    wrapUp()
    await eventually(() => expect(alerts()).toContain('may or may not have gone out'))
    const old = sampleTimelineMessage({ id: 'old', direction: 'outbound', body: 'Hello' })
    server.on('GET /api/contacts/:id/timeline', ok({ items: [old], nextCursor: null }))
    document.dispatchEvent(new Event('visibilitychange'))
    await eventually(() => expect(element('[role="log"]').textContent).toContain('Hello'))
    expect(alerts()).toContain('may or may not have gone out')
    const at = new Date().toISOString()
    const trace = sampleTimelineMessage({
      id: 'trace',
      direction: 'outbound',
      body: 'Hello',
      at,
      status: 'sent',
    })
    server.on('GET /api/contacts/:id/timeline', ok({ items: [trace, old], nextCursor: null }))
    document.dispatchEvent(new Event('visibilitychange'))
    await eventually(() => expect(alerts()).toBe(''))
    expect(valueOf(fields.message)).toBe('')
    expect(result()).toEqual(['Message sent'])
    expect(element(fields.result).textContent).not.toContain('Retry')
  })

  test('When words like those in doubt were in the conversation before, then they prove nothing', async () => {
    const at = new Date(Date.now() - 90_000).toISOString()
    const before = sampleTimelineMessage({ id: 'before', direction: 'outbound', body: 'Hello', at })
    await open((it) => {
      it.on('GET /api/contacts/:id/timeline', ok({ items: [before], nextCursor: null }))
      it.on('POST /api/contacts/:id/messages', failure('outcome_unknown', 504))
    })
    type(fields.message, 'Hello')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
    await eventually(() => button('Send once more'))
    button('Send once more').click()
    await eventually(() => expect(alerts()).toContain('may or may not have gone out'))
    document.dispatchEvent(new Event('visibilitychange'))
    expect(valueOf(fields.message)).toBe('Hello')
  })

  test('When a wrap-up fails after one has moved on, then the page tells of it and leads back', async () => {
    const answer = heldAnswer(ok({ parts: { message: failedPart('rejected'), task: taskPart('Call') } }))
    const page = await open((it) => {
      it.on('POST /api/contacts/:id/wrap-up', answer.handler)
      it.on(
        'GET /api/contacts/contact-2',
        ok({ contact: sampleContact({ id: 'contact-2', name: 'Ann Lee' }) }),
      )
    })
    type(fields.message, 'Hello')
    type(fields.followUp, 'Call')
    wrapUp()
    await page.router.push('/contacts/contact-2')
    await eventually(() => expect(element('h1').textContent).toContain('Ann Lee'))
    answer.release()
    await eventually(() => expect(alerts()).toContain('Marisol Vega: Message not sent.'))
    expect(alerts()).not.toContain('Follow-up')
    button('Open').click()
    await eventually(() => expect(result()[0]).toContain('Message not sent'))
    expect(alerts()).toBe('')
    expect(valueOf(fields.message)).toBe('Hello')
  })

  test('When such a failure is dismissed, then it is gone', async () => {
    const answer = heldAnswer(failure('upstream_unavailable', 503))
    const page = await open((it) => it.on('POST /api/contacts/:id/messages', answer.handler))
    type(fields.message, 'Hello')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
    await page.router.push('/contacts/contact-2')
    await eventually(() => expect(valueOf(fields.message)).toBe(''))
    answer.release()
    await eventually(() => expect(alerts()).toContain('Message not sent.'))
    button('Dismiss').click()
    await eventually(() => expect(alerts()).toBe(''))
  })
})
