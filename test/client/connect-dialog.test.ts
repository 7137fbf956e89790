import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { failure, ok } from './fake-server.ts'
import { button, element, eventually, openPage, press, textsOf, type } from './page-harness.ts'
import { choose, errorOf, field } from './labelled-field.ts'
import { alerts, option, providerServer, typeCredentials } from './provider-page.ts'
import {
  bulksmsAccount,
  bulksmsConnection,
  heymarketAccount,
  heymarketConnection,
  sampleProviders,
  webhookUrl,
} from './provider-samples.ts'

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
