import { afterEach, describe, expect, test } from 'vitest'
import type { Contact } from '../../shared/contact-contract.ts'
import { ConnectionLost, failure, ok } from './fake-server.ts'
import {
  eventually,
  button,
  createStandardServer,
  element,
  fields,
  openContact,
  openPage,
  sendText,
  textsOf,
  type,
} from './page-harness.ts'
import { sampleContact, sampleMessage } from './sample-data.ts'

const route = 'POST /api/contacts/contact-1/messages'
const valueOf = (selector: string) => element<HTMLTextAreaElement>(selector).value
const alerts = () => textsOf('[role="alert"]').join()
const sent = (body: string) => ok({ message: sampleMessage({ body }) }, 201)

async function openWith(changes: Partial<Contact>) {
  const server = createStandardServer()
  server.on('GET /api/contacts/:id', ok({ contact: sampleContact(changes) }))
  return openContact({ server })
}

describe('message composer', () => {
  let close = () => {}
  afterEach(() => close())

  test('When a contact is opened, then one can write at once', async () => {
    const page = await openContact()
    close = page.close
    expect(document.activeElement?.id).toBe('message-field')
  })

  test('When the contact is on do not disturb, then that is said at the field, which can still be read', async () => {
    const page = await openWith({ smsDnd: { blocked: true, status: 'active', reason: 'Replied STOP' } })
    close = page.close
    expect(element('#message-block').textContent).toContain('do not disturb (Replied STOP)')
    expect(element(fields.message).getAttribute('aria-describedby')).toBe('message-block')
    expect(element<HTMLTextAreaElement>(fields.message).readOnly).toBe(true)
    expect(button('Send').disabled).toBe(true)
  })

  test('When do not disturb is heard of while one types, then the keyboard and the words stay where they are', async () => {
    const server = createStandardServer()
    const { promise, resolve } = Promise.withResolvers<void>()
    const smsDnd = { blocked: true, status: 'active' as const, reason: null }
    server.on('GET /api/contacts/:id', async () => {
      await promise
      return ok({ contact: sampleContact({ smsDnd }) })
    })
    const page = await openPage({ server, path: '/contacts/contact-1' })
    close = page.close
    await eventually(() => element(fields.message))
    type(fields.message, 'Good mor')
    resolve()
    await eventually(() => element('#message-block'))
    expect(document.activeElement?.id).toBe('message-field')
    expect(element<HTMLTextAreaElement>(fields.message).readOnly).toBe(true)
    expect(valueOf(fields.message)).toBe('Good mor')
  })

  test('When the contact has no phone, then that is said before the try and nobody is asked to write', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id', ok({ contact: sampleContact({ phone: null, phoneDisplay: null }) }))
    server.on('GET /api/contacts/:id/timeline', ok({ items: [], nextCursor: null }))
    const page = await openContact({ server })
    close = page.close
    expect(element('#message-block').textContent).toContain('has no phone number')
    expect(element<HTMLTextAreaElement>(fields.message).readOnly).toBe(true)
    expect(element('[role="log"]').textContent).toContain('No messages yet')
    expect(element('[role="log"]').textContent).not.toContain('below')
  })

  test('When a message is sent, then it shows in the conversation and the field is free', async () => {
    const page = await openContact()
    close = page.close
    page.server.on('POST /api/contacts/:id/messages', sent('Hello'))
    await sendText('Hello')
    await eventually(() => expect(element('[role="log"]').textContent).toContain('Hello'))
    expect(valueOf(fields.message)).toBe('')
    expect(element('[role="log"]').textContent).toContain('Delivered')
  })

  test('When sending fails and is tried again, then the key is kept; the next message has another', async () => {
    const page = await openContact()
    close = page.close
    page.server.on('POST /api/contacts/:id/messages', failure('upstream_unavailable', 503))
    await sendText('Hello')
    await eventually(() => expect(alerts()).toContain('The message was not sent.'))
    expect(valueOf(fields.message)).toBe('Hello')
    page.server.on('POST /api/contacts/:id/messages', ({ body }) => sent(JSON.stringify(body)))
    button('Send').click()
    await eventually(() => expect(valueOf(fields.message)).toBe(''))
    await sendText('Hello')
    await eventually(() => expect(page.server.callsTo(route)).toHaveLength(3))
    const [first, second, third] = page.server.callsTo(route).map((call) => call.idempotencyKey)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  test('When no answer arrives and the text is changed, then the first message is asked for as it was', async () => {
    const page = await openContact()
    close = page.close
    page.server.on('POST /api/contacts/:id/messages', () => {
      throw new ConnectionLost()
    })
    await sendText('First')
    await eventually(() => expect(alerts()).toContain('It is not known whether the message was sent.'))
    type(fields.message, 'Second')
    page.server.on('POST /api/contacts/:id/messages', sent('First'))
    button('Try again').click()
    await eventually(() => expect(alerts()).toBe(''))
    const [first, second] = page.server.callsTo(route)
    expect(second).toMatchObject({ idempotencyKey: first?.idempotencyKey, body: { message: 'First' } })
    expect(valueOf(fields.message)).toBe('Second')
  })

  test('When the outcome is unknown, then only a person sends it again, under a new key', async () => {
    const page = await openContact()
    close = page.close
    page.server.on('POST /api/contacts/:id/messages', failure('outcome_unknown', 504))
    await sendText('Hello')
    await eventually(() => expect(alerts()).toContain('may or may not have gone out'))
    expect(button('Send').disabled).toBe(true)
    expect(valueOf(fields.message)).toBe('Hello')

    button('Check again').click()
    await eventually(() => expect(page.server.callsTo(route)).toHaveLength(2))
    await eventually(() => expect(alerts()).toContain('may or may not have gone out'))
    page.server.on('POST /api/contacts/:id/messages', sent('Hello'))
    button('Send again anyway').click()
    await eventually(() => expect(valueOf(fields.message)).toBe(''))
    const [first, second, third] = page.server.callsTo(route).map((call) => call.idempotencyKey)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  test('When one sees that it went out, then the text can be cleared without sending', async () => {
    const page = await openContact()
    close = page.close
    page.server.on('POST /api/contacts/:id/messages', failure('outcome_unknown', 504))
    await sendText('Hello')
    await eventually(() => expect(alerts()).toContain('may or may not have gone out'))
    button('It went out, clear the text').click()
    await eventually(() => expect(alerts()).toBe(''))
    expect(valueOf(fields.message)).toBe('')
    expect(page.server.callsTo(route)).toHaveLength(1)
  })

  test('When another text was typed since, then that one stays', async () => {
    const page = await openContact()
    close = page.close
    page.server.on('POST /api/contacts/:id/messages', failure('outcome_unknown', 504))
    await sendText('Hello')
    await eventually(() => expect(alerts()).toContain('may or may not have gone out'))
    type(fields.message, 'See you tomorrow')
    button('It went out, clear the text').click()
    await eventually(() => expect(alerts()).toBe(''))
    expect(valueOf(fields.message)).toBe('See you tomorrow')
    expect(button('Send').disabled).toBe(false)
  })

  test('When the sub-account has several numbers, then the chosen one is sent from', async () => {
    const server = createStandardServer()
    const phoneNumbers = [
      { number: '+13035550100', name: 'Main', isDefault: true },
      { number: '+13035550111', name: 'Spanish', isDefault: false },
    ]
    server.on('GET /api/phone-numbers', ok({ phoneNumbers }))
    server.on('POST /api/contacts/:id/messages', sent('Hola'))
    const page = await openContact({ server })
    close = page.close
    await eventually(() => element('.sender select'))
    const select = element<HTMLSelectElement>('.sender select')
    expect(select.value).toBe('+13035550100')
    select.value = '+13035550111'
    select.dispatchEvent(new Event('change'))
    await sendText('Hola')
    await eventually(() => expect(page.server.callsTo(route)).toHaveLength(1))
    expect(page.server.callsTo(route)[0]?.body).toEqual({ message: 'Hola', fromNumber: '+13035550111' })
  })

  test('When the text has a costly character, then the counter names it', async () => {
    const page = await openContact()
    close = page.close
    type(fields.message, 'It’s fine')
    await eventually(() => expect(element('#message-count').textContent).toContain('1 segment, 61 left'))
    expect(element('#message-count').textContent).toContain('’ makes each segment shorter')
  })
})
