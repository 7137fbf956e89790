import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cannotTexts, canTexts, carrierCapabilities } from '../../client/capability-texts.ts'
import {
  type ProviderCapability,
  type ProviderName,
  type ProvidersAnswer,
  providerCapabilities,
} from '../../shared/provider-contract.ts'
import { failure, ok } from './fake-server.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  fields,
  openContact,
  openPage,
  type,
} from './page-harness.ts'
import { option, providerServer, radio } from './provider-page.ts'
import { bulksmsConnection, heymarketConnection, sampleProviders } from './provider-samples.ts'
import { sampleTimelineMessage } from './sample-data.ts'

const connections = { heymarket: heymarketConnection(), bulksms: bulksmsConnection() }

function withAbilities(capabilities: readonly ProviderCapability[]): ProvidersAnswer {
  const answer = sampleProviders('crm')
  for (const entry of answer.providers) {
    if (entry.provider === 'bulksms') entry.capabilities = [...capabilities]
  }
  return answer
}

describe('what a provider can do', () => {
  let close = () => {}
  beforeAll(() => import('../../client/views/SettingsView.vue'))
  afterEach(() => close())

  async function told(capabilities: readonly ProviderCapability[]): Promise<string[]> {
    const { server } = providerServer(withAbilities(capabilities))
    close = (await openPage({ path: '/settings', server })).close
    await eventually(() => option('BulkSMS'))
    return [...option('BulkSMS').querySelectorAll('.abilities li')].map(
      (line) => line.textContent?.trim() ?? '',
    )
  }

  test('When it can do everything, then all of it is promised and nothing is denied', async () => {
    expect(await told(providerCapabilities)).toEqual(
      carrierCapabilities.map((name) => `Yes: ${canTexts[name]}`),
    )
  })

  test('When it can do nothing, then nothing is promised, and what only refines that is not spoken of', async () => {
    const meant = carrierCapabilities.filter((name) => name !== 'cancelSchedule' && name !== 'optOutUndo')
    expect(await told([])).toEqual(meant.map((name) => `No: ${cannotTexts[name]}`))
  })

  test.each(['schedule', 'media', 'inbound'] as const)(
    'When it can do %s alone, then that and no more is promised',
    async (name) => {
      const promised = (await told([name])).filter((line) => line.startsWith('Yes:'))
      expect(promised).toEqual([`Yes: ${canTexts[name]}`])
    },
  )
})

describe('what the composer offers', () => {
  let close = () => {}
  beforeAll(() => import('../../client/views/SettingsView.vue'))
  afterEach(() => close())

  const numbers = ['+13035550111', '+13035550112'].map((number) => ({ number, name: '', isDefault: false }))

  async function openWith(chosen: ProviderName) {
    const server = createStandardServer()
    server.on('GET /api/providers', ok(sampleProviders(chosen, connections)))
    server.on('GET /api/phone-numbers', ok({ phoneNumbers: numbers }))
    const page = await openContact({ server })
    close = page.close
    return page
  }

  test.each(['crm', 'heymarket', 'bulksms'] as const)(
    'When %s carries the texts, then there is no schedule and no file, and a sender of the CRM only with the CRM',
    async (chosen) => {
      await openWith(chosen)
      const isCrm = chosen === 'crm'
      await eventually(() =>
        expect([
          document.querySelector('.sender-choice') !== null,
          element('form.composer').textContent?.includes('Goes out through') ?? false,
        ]).toEqual([isCrm, !isCrm]),
      )
      const composer = element('form.composer')
      expect(composer.querySelectorAll('input')).toHaveLength(0)
      expect([...composer.querySelectorAll('button')].map(({ textContent }) => textContent?.trim())).toEqual([
        'Send',
      ])
    },
  )

  test('When another system carries the texts by now, then the number that was chosen before goes with none', async () => {
    const { server, router } = await openWith('crm')
    server.on('GET /api/installation', failure('upstream_unavailable', 503))
    server.on('GET /api/failed-jobs', ok({ failedJobs: [] }))
    server.on('PUT /api/providers/chosen', () => {
      server.on('GET /api/providers', ok(sampleProviders('heymarket', connections)))
      return { status: 204 }
    })
    await eventually(() => element('.sender-choice'))
    const choice = element<HTMLSelectElement>('.sender-choice')
    choice.value = '+13035550112'
    choice.dispatchEvent(new Event('change', { bubbles: true }))
    await router.push('/settings')
    await eventually(() => radio('Heymarket').click())
    await eventually(() => button('Send texts through Heymarket').click())
    await eventually(() => expect(option('Heymarket').textContent).toContain('In use'))
    await router.push('/contacts/contact-1')
    await eventually(() =>
      expect(element('form.composer').textContent).toContain('Goes out through Heymarket'),
    )
    server.on('POST /api/contacts/:id/messages', ok({ message: sampleTimelineMessage() }, 201))
    type(fields.message, 'Hello')
    await eventually(() => expect(button('Send').disabled).toBe(false))
    button('Send').click()
    await eventually(() => expect(server.callsTo('POST /api/contacts/contact-1/messages')).toHaveLength(1))
    expect(server.callsTo('POST /api/contacts/contact-1/messages')[0]?.body).toEqual({ message: 'Hello' })
  })
})
