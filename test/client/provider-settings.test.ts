import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ProvidersAnswer } from '../../shared/provider-contract.ts'
import { ConnectionLost, failure, ok } from './fake-server.ts'
import { button, element, eventually, noSync, openPage, textsOf, type } from './page-harness.ts'
import { errorOf, field } from './labelled-field.ts'
import { alerts, answerQuestion, option, providerServer, radio, typeCredentials } from './provider-page.ts'
import {
  bulksmsAccount,
  bulksmsConnection,
  heymarketAccount,
  heymarketConnection,
  sampleProviders,
  webhookUrl,
} from './provider-samples.ts'
import { me, sampleSession } from './sample-data.ts'

describe('who carries the texts', () => {
  let close = () => {}
  // Translating the page takes longer than the page should take to show it.
  beforeAll(() => import('../../client/views/SettingsView.vue'))
  afterEach(() => close())

  async function open(initial: ProvidersAnswer = sampleProviders()) {
    const made = providerServer(initial)
    const page = await openPage({ path: '/settings', server: made.server })
    close = page.close
    await eventually(() => option('CRM numbers'))
    return made
  }

  test('When an admin looks, then each way says what it can and cannot do, and only connected ones can be picked', async () => {
    await open()
    expect(textsOf('li .name')).toEqual(['CRM numbers', 'Heymarket', 'BulkSMS'])
    expect(['CRM numbers', 'Heymarket', 'BulkSMS'].map((name) => radio(name).disabled)).toEqual([
      false,
      true,
      true,
    ])
    expect(radio('CRM numbers').checked).toBe(true)
    expect(option('CRM numbers').textContent).toContain('In use')
    const words = (name: string) =>
      [...option(name).querySelectorAll('li')].map((line) => line.textContent?.trim())
    expect(words('BulkSMS')).toEqual(
      expect.arrayContaining([
        'Yes: Tells how many credits are left',
        'No: No pictures or files',
        'No: Opt-outs that were passed on cannot be taken back',
      ]),
    )
    expect(words('Heymarket')).toContain('No: Replies need a webhook that you paste by hand')
    expect(words('CRM numbers').join()).not.toContain('opt-outs')
  })

  test('When they cannot be read, then it says so and tries again', async () => {
    const { server, state } = providerServer(sampleProviders())
    server.on('GET /api/providers', failure('upstream_unavailable', 503))
    const page = await openPage({ path: '/settings', server })
    close = page.close
    await eventually(() => expect(alerts()).toContain('The ways to send texts could not be read.'))
    server.on('GET /api/providers', () => ok(state.answer))
    element<HTMLButtonElement>('#settings-texting [role="alert"] button').click()
    await eventually(() => option('Heymarket'))
  })

  test('When somebody who is no admin looks, then only who carries the texts is told', async () => {
    const { server } = providerServer(sampleProviders('heymarket', { heymarket: heymarketConnection() }))
    const user = { ...me, role: 'user' as const, assignedDataOnly: true }
    server.on('POST /api/session', () => ok(sampleSession({ user })))
    const page = await openPage({ path: '/settings', server })
    close = page.close
    const section = () => element('#settings-texting').textContent
    await eventually(() => expect(section()).toContain('Texts from here go out through Heymarket.'))
    expect(document.querySelectorAll('#settings-texting button, #settings-texting input')).toHaveLength(0)
    expect(section()).not.toContain('hm-4f2')
  })

  test('When another way is picked, then nothing changes until it is said, and it can be kept as it is', async () => {
    const { server } = await open(sampleProviders('crm', { bulksms: bulksmsConnection() }))
    radio('BulkSMS').click()
    await eventually(() => button('Keep as it is').focus())
    button('Keep as it is').click()
    await eventually(() => expect(radio('CRM numbers').checked).toBe(true))
    await eventually(() => expect(document.activeElement?.textContent).toBe('Texting'))
    radio('BulkSMS').click()
    server.on('PUT /api/providers/chosen', failure('conflict', 409))
    await eventually(() => button('Send texts through BulkSMS').click())
    await eventually(() => expect(alerts()).toContain('Texts do not go out through BulkSMS.'))
    expect(option('CRM numbers').textContent).toContain('In use')
  })

  test('When another way is chosen, then it is in use and the keyboard goes on in the section', async () => {
    const { server } = await open(sampleProviders('crm', { bulksms: bulksmsConnection() }))
    radio('BulkSMS').click()
    await eventually(() => button('Send texts through BulkSMS').focus())
    button('Send texts through BulkSMS').click()
    await eventually(() => expect(option('BulkSMS').textContent).toContain('In use'))
    expect(server.callsTo('PUT /api/providers/chosen').map(({ body }) => body)).toEqual([
      { provider: 'bulksms' },
    ])
    await eventually(() => expect(document.activeElement?.textContent).toBe('Texting'))
    expect(textsOf('[role="status"]').join()).toContain('Texts go out through BulkSMS now.')
  })
})

describe('a connection', () => {
  let close = () => {}
  afterEach(() => close())

  async function open(initial: ProvidersAnswer) {
    const made = providerServer(initial)
    const page = await openPage({ path: '/settings', server: made.server })
    close = page.close
    await eventually(() => option('CRM numbers'))
    return made
  }

  test('When it works, then its health, credits, last problem and the last day are shown', async () => {
    const lastError = {
      at: '2026-11-21T09:00:00.000Z',
      message: 'BulkSMS had no credits.',
      whatToDo: 'Buy credits.',
    }
    await open(sampleProviders('bulksms', { bulksms: bulksmsConnection({ lastError, credits: 0 }) }))
    const words = element('[aria-label="Connection to BulkSMS"]').textContent
    expect(words).toContain('BBDE1B…01-B')
    expect(words).toContain('1,204 sent, 1,190 delivered, 14 failed, 87 received')
    expect(words).toContain('BulkSMS had no credits. Buy credits.')
    expect(words).toContain('Nothing can be sent until you buy credits')
    expect(words).toContain('Set up by Wrapup')
  })

  test('When its credentials are refused, then it says so and asks for new ones, keeping the choices', async () => {
    const { server } = await open(
      sampleProviders('heymarket', { heymarket: heymarketConnection({ status: 'broken' }) }),
    )
    expect(alerts()).toContain('Heymarket does not take texts from here')
    expect(option('Heymarket').textContent).toContain('Not working')
    expect(option('Heymarket').textContent).not.toContain('Send a test text')
    button('Enter new credentials').click()
    await eventually(() => element(field('Secret key')))
    server.on('POST /api/providers/check', ok({ account: heymarketAccount }))
    const webhookSetup = { url: webhookUrl, hasToken: true, hasBeenCalled: true }
    server.on('PUT /api/providers/heymarket', ok({ connection: heymarketConnection({ webhookSetup }) }))
    typeCredentials('Secret ID', 'Secret key')
    button('Check and go on').click()
    await eventually(() => button('Save').click())
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    expect(server.callsTo('PUT /api/providers/heymarket')[0]?.body).toMatchObject({
      credentials: { secretId: 'the-id' },
      settings: { inboxId: 42, creatorId: 7 },
    })
    expect(server.callsTo('PUT /api/providers/chosen')).toEqual([])
  })

  test('When it is changed, then its account is read with the kept credentials, and asked again if that fails', async () => {
    const { server } = await open(sampleProviders('bulksms', { bulksms: bulksmsConnection() }))
    server.on('GET /api/providers/bulksms/account', failure('upstream_failed', 502))
    button('Change the connection to BulkSMS').click()
    await eventually(() => expect(alerts()).toContain('BulkSMS answered with an error.'))
    server.on('GET /api/providers/bulksms/account', ok({ account: bulksmsAccount }))
    button('Try again').click()
    await eventually(() => element(field('Sender')))
    server.on('PUT /api/providers/bulksms', failure('validation', 400))
    button('Save').click()
    await eventually(() => expect(alerts()).toContain('It was not saved.'))
    server.on('PUT /api/providers/bulksms', ok({ connection: bulksmsConnection() }))
    button('Save').click()
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    expect(server.callsTo('PUT /api/providers/bulksms')[1]?.body).toEqual({
      carrier: 'bulksms',
      settings: { conversationProviderId: null, createsContacts: true, sender: null, alertEmail: '' },
    })
  })

  test('When a test text is sent, then a bad number is said before, and the outcome after', async () => {
    const { server } = await open(sampleProviders('bulksms', { bulksms: bulksmsConnection() }))
    button('Send a test text').click()
    await eventually(() => expect(document.activeElement).toBe(element(field('Your own mobile number'))))
    type(field('Your own mobile number'), '303 555 0100')
    button('Send test').click()
    await eventually(() =>
      expect(errorOf('Your own mobile number')).toContain('Enter the number with a plus'),
    )
    expect(server.callsTo('POST /api/providers/bulksms/test-message')).toEqual([])

    type(field('Your own mobile number'), '+1 (303) 555-0100')
    server.on(
      'POST /api/providers/bulksms/test-message',
      ok({ outcome: 'refused', message: 'There are no credits left.' }),
    )
    button('Send test').click()
    const outcome = () => element('.outcome').textContent
    await eventually(() => expect(outcome()).toBe('BulkSMS refused the text: There are no credits left.'))
    server.on('POST /api/providers/bulksms/test-message', ok({ outcome: 'accepted', message: '' }))
    button('Send test').click()
    await eventually(() => expect(outcome()).toContain('BulkSMS took the text.'))
    expect(server.callsTo('POST /api/providers/bulksms/test-message')[0]?.body).toEqual({
      to: '+13035550100',
    })
  })

  test('When the answer to a test text is lost, then another try has the same key, and one after an answer a new one', async () => {
    const route = 'POST /api/providers/bulksms/test-message'
    const { server } = await open(sampleProviders('bulksms', { bulksms: bulksmsConnection() }))
    button('Send a test text').click()
    await eventually(() => expect(document.activeElement).toBe(element(field('Your own mobile number'))))
    type(field('Your own mobile number'), '+13035550100')
    server.on(route, async () => {
      throw new ConnectionLost()
    })
    button('Send test').click()
    await eventually(() => expect(alerts()).not.toBe(''))
    server.on(route, ok({ outcome: 'accepted', message: '' }))
    for (const calls of [2, 3]) {
      button('Send test').click()
      await eventually(() => expect(server.callsTo(route)).toHaveLength(calls))
      await eventually(() => expect(element('.outcome').textContent).toContain('BulkSMS took the text.'))
    }
    const [first, second, third] = server.callsTo(route).map(({ idempotencyKey }) => idempotencyKey)
    expect(first).toMatch(/^\S+$/)
    expect(second).toBe(first)
    expect(third).not.toBe(second)
  })

  test('When it is disconnected, then it says what remains, asks, and tells what could not be taken down', async () => {
    const { server, state } = await open(sampleProviders('bulksms', { bulksms: bulksmsConnection() }))
    server.on('DELETE /api/providers/bulksms', () => {
      state.answer = sampleProviders()
      return ok({ leftovers: ['The webhook “Wrapup replies”'] })
    })
    button('Disconnect BulkSMS').click()
    await eventually(() =>
      expect(element('[role="alertdialog"]').textContent).toContain('block list stay blocked'),
    )
    expect(element('[role="alertdialog"]').textContent).toContain('Texts go out from the CRM numbers again.')
    await answerQuestion('Cancel')
    expect(server.callsTo('DELETE /api/providers/bulksms')).toEqual([])
    await eventually(() => expect(document.querySelector('[role="alertdialog"]')).toBeNull())
    button('Disconnect BulkSMS').click()
    await answerQuestion('Disconnect')
    await eventually(() =>
      expect(element('.leftovers').textContent).toContain('The webhook “Wrapup replies”'),
    )
    expect(option('BulkSMS').textContent).toContain('Not connected')
    expect(radio('CRM numbers').checked).toBe(true)
  })

  test('When Heymarket is disconnected, then Contact sync on the same page knows it', async () => {
    const { server, state } = providerServer(sampleProviders('crm', { heymarket: heymarketConnection() }))
    server.on('GET /api/sync', ok({ ...noSync, isConnected: true }))
    server.on('GET /api/sync/fields', ok({ crm: [], provider: [] }))
    server.on('GET /api/contacts', ok({ contacts: [], nextCursor: null }))
    server.on('DELETE /api/providers/heymarket', () => {
      state.answer = sampleProviders()
      server.on('GET /api/sync', ok(noSync))
      return ok({ leftovers: [] })
    })
    close = (await openPage({ path: '/settings', server })).close
    await eventually(() => expect(element('#settings-sync').textContent).toContain('Full run'))
    button('Disconnect Heymarket').click()
    await answerQuestion('Disconnect')
    await eventually(() =>
      expect(element('#settings-sync').textContent).toContain('Connect Heymarket above to sync contacts.'),
    )
  })
})
