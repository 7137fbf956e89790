import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chooseProviderSchema, type ProvidersAnswer } from '../../shared/provider-contract.ts'
import { failure, ok } from './fake-server.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  openPage,
  press,
  textsOf,
  type,
} from './page-harness.ts'
import {
  bulksmsAccount,
  bulksmsConnection,
  heymarketAccount,
  heymarketConnection,
  sampleProviders,
  webhookUrl,
} from './provider-samples.ts'
import { me, sampleSession } from './sample-data.ts'

const alerts = () => textsOf('[role="alert"]').join()
const option = (name: string) => {
  const found = [...document.querySelectorAll('li')].find(
    (item) => item.querySelector('.name')?.textContent === name,
  )
  if (!found) throw new Error(`There is no option ${name} in ${document.body.textContent}`)
  return found
}
const radio = (name: string) => {
  const found = option(name).querySelector<HTMLInputElement>('input[type="radio"]')
  if (!found) throw new Error(`${name} has no radio`)
  return found
}
const field = (label: string) => {
  const found = [...document.querySelectorAll('label')].find((item) => item.textContent?.trim() === label)
  return `[id="${found?.htmlFor ?? `no field ${label}`}"]`
}
const errorOf = (label: string) =>
  document.getElementById(element(field(label)).getAttribute('aria-describedby') ?? '')?.textContent?.trim()

function choose(label: string, value: string): void {
  const select = element<HTMLSelectElement>(field(label))
  select.value = [...select.options].find((item) => item.textContent?.trim() === value)?.value ?? ''
  select.dispatchEvent(new Event('change', { bubbles: true }))
}

async function answerQuestion(name: string) {
  await eventually(() => element('[role="alertdialog"]'))
  const choices = [...document.querySelectorAll<HTMLElement>('[role="alertdialog"] button')]
  choices.find((choice) => choice.textContent?.trim() === name)?.click()
}

function typeCredentials(idLabel: string, secretLabel: string): void {
  type(field(idLabel), ' the-id ')
  type(field(secretLabel), 'the-secret')
}

/** A server that keeps what it is told, as far as these tests look. */
function providerServer(initial: ProvidersAnswer) {
  const server = createStandardServer()
  const state = { answer: initial }
  server.on('GET /api/installation', ok({ installation: undefined }))
  server.on('GET /api/failed-jobs', ok({ failedJobs: [] }))
  server.on('GET /api/providers', () => ok(state.answer))
  server.on('PUT /api/providers/chosen', ({ body }) => {
    state.answer = { ...state.answer, chosen: chooseProviderSchema.parse(body).provider }
    return { status: 204 }
  })
  return { server, state }
}

describe('who carries the texts', () => {
  let close = () => {}
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
    await eventually(() => button('Keep as it is').click())
    await eventually(() => expect(radio('CRM numbers').checked).toBe(true))
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

describe('connecting', () => {
  let close = () => {}
  let made: ReturnType<typeof providerServer>
  // Translating the dialog takes longer than a page should take to show it.
  beforeAll(() => import('../../client/components/provider/ConnectDialog.vue'))
  beforeEach(async () => {
    made = providerServer(sampleProviders())
    const page = await openPage({ path: '/settings', server: made.server })
    close = page.close
    await eventually(() => option('BulkSMS'))
  })
  afterEach(() => close())

  async function start(name: string) {
    button(`Connect ${name}`).focus()
    button(`Connect ${name}`).click()
    await eventually(() => expect(textsOf('[role="dialog"] h2')).toContain(`Connect ${name}`))
  }

  test('When credentials are missing or refused, then it says which and why, and nothing is kept', async () => {
    await start('BulkSMS')
    button('Check and go on').click()
    await eventually(() => expect(errorOf('Token ID')).toBe('Fill this in.'))
    expect(document.activeElement).toBe(element(field('Token ID')))
    expect(element<HTMLInputElement>(field('Token secret')).type).toBe('password')

    made.server.on('POST /api/providers/check', failure('rejected', 422))
    typeCredentials('Token ID', 'Token secret')
    button('Check and go on').click()
    await eventually(() => expect(alerts()).toContain('BulkSMS refuses them.'))
    made.server.on('POST /api/providers/check', failure('upstream_unavailable', 503))
    button('Check and go on').click()
    await eventually(() => expect(alerts()).toContain('BulkSMS cannot be reached right now.'))
    expect(made.server.calls.filter(({ method }) => method === 'PUT')).toEqual([])
  })

  test('When BulkSMS is connected, then the one-way block list is said before, and it carries texts from then on', async () => {
    await start('BulkSMS')
    made.server.on('POST /api/providers/check', ok({ account: bulksmsAccount }))
    typeCredentials('Token ID', 'Token secret')
    button('Check and go on').click()
    await eventually(() => expect(document.activeElement?.textContent).toBe('Step 2 of 2: Choices'))
    expect(element('[aria-label="Good to know"]').textContent).toContain('That is one way')

    choose('Sender', 'HARBOR')
    type(field('Email for alerts'), 'nobody')
    button('Connect').click()
    await eventually(() => expect(errorOf('Email for alerts')).toBe('That is not an email address.'))
    type(field('Email for alerts'), 'ops@example.com')
    type(field('Conversation provider ID'), 'provider_1')

    made.server.on('PUT /api/providers/bulksms', () => {
      made.state.answer = sampleProviders(made.state.answer.chosen, { bulksms: bulksmsConnection() })
      return ok({ connection: bulksmsConnection() })
    })
    button('Connect').click()
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    expect(made.server.callsTo('PUT /api/providers/bulksms').map(({ body }) => body)).toEqual([
      {
        carrier: 'bulksms',
        credentials: { tokenId: 'the-id', tokenSecret: 'the-secret' },
        settings: {
          conversationProviderId: 'provider_1',
          createsContacts: true,
          sender: 'HARBOR',
          alertEmail: 'ops@example.com',
        },
      },
    ])
    await eventually(() => expect(option('BulkSMS').textContent).toContain('In use'))
    expect(option('BulkSMS').textContent).toContain('123.45')
    const kept = [localStorage, sessionStorage].flatMap((storage) => Object.values(storage))
    expect([document.body.innerHTML, ...kept].join()).not.toMatch(/the-id|the-secret/)
    expect(document.activeElement).not.toBe(document.body)
  })

  test('When it is closed halfway, then the credentials are gone', async () => {
    await start('BulkSMS')
    typeCredentials('Token ID', 'Token secret')
    press(element('[role="dialog"]'), 'Escape')
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    await start('BulkSMS')
    expect(element<HTMLInputElement>(field('Token secret')).value).toBe('')
    expect(element<HTMLInputElement>(field('Token ID')).value).toBe('')
  })

  test('When Heymarket is connected, then the webhook is led through until its first call', async () => {
    await start('Heymarket')
    made.server.on('POST /api/providers/check', ok({ account: heymarketAccount }))
    typeCredentials('Secret ID', 'Secret key')
    button('Check and go on').click()
    await eventually(() => expect(document.activeElement?.textContent).toBe('Step 2 of 3: Choices'))
    button('Connect').click()
    await eventually(() => expect(errorOf('Inbox')).toBe('Choose one.'))
    choose('Inbox', 'Archive')
    await eventually(() => expect(errorOf('Sent in the name of')).toContain('This inbox has no members.'))
    choose('Inbox', 'Front desk · +15105550142')
    await eventually(() => expect(textsOf('[role="dialog"] option')).toContain('Luis Prado'))
    choose('Sent in the name of', 'Luis Prado')

    const answer = (webhookSetup: NonNullable<ReturnType<typeof heymarketConnection>['webhookSetup']>) => {
      const connection = heymarketConnection({ webhookSetup })
      made.state.answer = sampleProviders(made.state.answer.chosen, { heymarket: connection })
      return ok({ connection })
    }
    const setup = { url: webhookUrl, hasToken: false, hasBeenCalled: false }
    made.server.on('PUT /api/providers/heymarket', () => answer(setup))
    button('Connect').click()
    await eventually(() => expect(document.activeElement?.textContent).toBe('Step 3 of 3: Replies'))
    expect(element<HTMLInputElement>('[aria-label="Webhook address"]').value).toBe(webhookUrl)
    expect(textsOf('[role="dialog"] [role="status"]').join()).toContain(
      'Calls are refused until the token is saved.',
    )

    type('[placeholder="Verification token"]', 'token-of-webhook')
    made.server.on('PUT /api/providers/heymarket', () => answer({ ...setup, hasToken: true }))
    await eventually(() => expect(button('Save token').getAttribute('aria-disabled')).toBe('false'))
    button('Save token').click()
    await eventually(() =>
      expect(textsOf('[role="dialog"] [role="status"]').join()).toContain('Waiting for the first call'),
    )
    expect(element<HTMLInputElement>('[placeholder="Verification token"]').value).toBe('')
    const [first, second] = made.server.callsTo('PUT /api/providers/heymarket').map(({ body }) => body)
    const settings = { conversationProviderId: null, createsContacts: true, inboxId: 42, creatorId: 8 }
    expect(first).toEqual({
      carrier: 'heymarket',
      credentials: { secretId: 'the-id', secretKey: 'the-secret' },
      settings: { ...settings, webhookToken: null },
    })
    expect(second).toEqual({
      carrier: 'heymarket',
      settings: { ...settings, webhookToken: 'token-of-webhook' },
    })

    answer({ ...setup, hasToken: true, hasBeenCalled: true })
    document.dispatchEvent(new Event('visibilitychange'))
    await eventually(() =>
      expect(textsOf('[role="dialog"] [role="status"]').join()).toContain('Heymarket has called'),
    )
    button('Done').click()
    await eventually(() => expect(option('Heymarket').textContent).toContain('Webhook works'))
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
})
