import { afterEach, describe, expect, test } from 'vitest'
import type { ProvidersAnswer } from '../../shared/provider-contract.ts'
import type { SessionAnswer } from '../../shared/session-contract.ts'
import { failure, ok } from './fake-server.ts'
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
import { bulksmsConnection, heymarketConnection, sampleProviders } from './provider-samples.ts'
import { me, sampleContact, sampleSession } from './sample-data.ts'

const composer = () => element('form.composer').textContent
const alerts = () => textsOf('[role="alert"]').join()
const viaBulksms = sampleProviders('bulksms', { bulksms: bulksmsConnection() })
const broken = sampleProviders('heymarket', { heymarket: heymarketConnection({ status: 'broken' }) })

async function openWith(providers: ProvidersAnswer, role: SessionAnswer['user']['role'] = 'admin') {
  const server = createStandardServer()
  server.on('POST /api/session', () => ok(sampleSession({ user: { ...me, role, assignedDataOnly: false } })))
  server.on('GET /api/providers', ok(providers))
  server.on(
    'GET /api/phone-numbers',
    ok({
      phoneNumbers: ['+13035550111', '+13035550112'].map((number) => ({
        number,
        name: '',
        isDefault: false,
      })),
    }),
  )
  return { server, open: () => openContact({ server }) }
}

async function send() {
  type(fields.message, 'Hello')
  await eventually(() => expect(button('Send').disabled).toBe(false))
  button('Send').click()
}

describe('message through another system', () => {
  let close = () => {}
  afterEach(() => close())

  test('When the CRM carries the texts, then its numbers are offered and nothing else is said', async () => {
    const { open } = await openWith(sampleProviders())
    close = (await open()).close
    await eventually(() => expect(element('.sender-choice')).toBeTruthy())
    expect(composer()).not.toContain('through')
  })

  test('When another system carries them, then it is named and the CRM’s numbers are not offered', async () => {
    const { open } = await openWith(viaBulksms)
    close = (await open()).close
    await eventually(() => expect(composer()).toContain('Goes out through BulkSMS'))
    expect(document.querySelector('.sender-choice')).toBeNull()
  })

  test('When its connection is broken, then an admin is led to the settings and everybody else to an admin', async () => {
    const { open } = await openWith(broken)
    const page = await open()
    await eventually(() => expect(alerts()).toContain('Heymarket does not take texts from this sub-account'))
    expect(element<HTMLAnchorElement>('.composer a').getAttribute('href')).toBe('/settings')
    page.close()

    const other = await openWith(broken, 'user')
    close = (await other.open()).close
    await eventually(() => expect(alerts()).toContain('Ask an admin to look into the settings.'))
    expect(document.querySelector('.composer a')).toBeNull()
  })

  test('When it breaks with a text, then the failure speaks of it and not of the CRM', async () => {
    const { server, open } = await openWith(
      sampleProviders('heymarket', { heymarket: heymarketConnection() }),
    )
    close = (await open()).close
    await eventually(() => expect(composer()).toContain('Goes out through Heymarket'))
    server.on('GET /api/providers', ok(broken))
    server.on('POST /api/contacts/:id/messages', failure('rejected', 422))
    await send()
    await eventually(() =>
      expect(element('.failure').textContent).toContain(
        'Heymarket does not take texts from this sub-account',
      ),
    )
    expect(element('.failure').textContent).not.toContain('The CRM')
  })

  test('When the contact opted out, then it says how that ends, for a block list of one way too', async () => {
    const { server, open } = await openWith(viaBulksms)
    close = (await open()).close
    await eventually(() => expect(composer()).toContain('Goes out through BulkSMS'))
    server.on('POST /api/contacts/:id/messages', failure('dnd_active', 422))
    await send()
    await eventually(() => expect(element('.failure').textContent).toContain('ask BulkSMS to unblock it'))

    const smsDnd = { blocked: true, status: 'active' as const, reason: 'Replied STOP' }
    server.on('GET /api/contacts/:id', ok({ contact: sampleContact({ smsDnd }) }))
    button('Try again').click()
    await eventually(() => expect(element('#message-block').textContent).toContain('Replied STOP'))
    expect(composer()).toContain('ask BulkSMS to unblock it')
  })
})
