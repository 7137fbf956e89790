import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OtherSystem } from '../sandbox/other-systems.ts'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'
import { installApp } from './sandbox-client.ts'

const { main } = seedIds.location
const { admin, rep, restricted } = seedIds.user
const { maya, dndSms, htmlName, assigned } = seedIds.contact
const { ours } = seedIds.conversationProvider

let sandbox: Sandbox
const received: [string, string][] = []
const phones: OtherSystem = {
  id: 'pigeons',
  name: 'Pigeons',
  credentials: [{ label: 'Loft', value: 'loft-7' }],
  texts: () => [{ phone: '+12125550100', text: '<b>coo</b>', isInbound: false, status: 'flown' }],
  receive: (phone, text) => void received.push([phone, text]),
  setUpWebhook: (url) => `token of ${url}`,
}

beforeAll(async () => {
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small', systems: [phones] })
  sandbox.settingsFor('http://127.0.0.1:1')
  await installApp(sandbox)
  await sandbox.settle()
})
afterAll(() => sandbox.close())

const location = () => sandbox.state.locations.find(({ id }) => id === main)
const address = (path: string, userId: string) =>
  `${sandbox.origin}/v2/location/${main}/${path}?user_id=${userId}`

async function visit(path: string, userId: string = rep) {
  const response = await fetch(address(path, userId))
  return { status: response.status, markup: await response.text() }
}

async function submit(path: string, fields: Record<string, string>, userId: string = rep) {
  const body = new URLSearchParams(fields)
  const response = await fetch(address(path, userId), { method: 'POST', body, redirect: 'manual' })
  return { status: response.status, markup: await response.text() }
}

async function pull(path: string, json: object) {
  const response = await fetch(`${sandbox.origin}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe("the CRM's own conversations", () => {
  test('When somebody sends from the thread, then it goes out in their name and stands there', async () => {
    const { status } = await submit(`conversations/conversations/${maya}`, { text: 'See you <soon>' })
    expect(status).toBe(303)
    expect(sandbox.state.messages.at(-1)).toMatchObject({ contactId: maya, source: 'app', userId: rep })
    const { markup } = await visit(`conversations/conversations/${maya}`)
    expect(markup).toContain('See you &lt;soon&gt;')
    expect(markup).not.toContain('See you <soon>')
  })

  test('When the contact does not want texts, then the page says why and keeps what was typed', async () => {
    const { status, markup } = await submit(`conversations/conversations/${dndSms}`, { text: 'Hello you' })
    expect(status).toBe(400)
    expect(markup).toContain('Not sent. Cannot send message as DND is active for SMS.')
    expect(markup).toMatch(/<textarea[^>]*>Hello you<\/textarea>/)
  })

  test('When a text failed at its provider, then the thread alone tells why', async () => {
    sandbox.chooseSmsProvider(main, ours)
    const message = sandbox.sendFromCrm({ contactId: htmlName, body: 'To nobody', userId: rep })
    sandbox.chooseSmsProvider(main, null)
    Object.assign(message, {
      status: 'failed',
      providerError: { code: '1', type: 'carrier', message: 'No such number' },
    })
    const { markup } = await visit(`conversations/conversations/${htmlName}`)
    expect(markup).toContain('failed: No such number')
    expect(markup).toContain('through Wrapup texts')
  })

  test('When somebody sees assigned data only, then no other thread and no other composer is theirs', async () => {
    const { markup } = await visit('conversations/conversations', restricted)
    expect(markup).not.toContain('Maya Okafor')
    expect((await visit(`conversations/conversations/${assigned}`, restricted)).markup).toContain('Send')
    const before = sandbox.state.messages.length
    expect(await submit(`conversations/conversations/${maya}`, { text: 'Hi' }, restricted)).toMatchObject({
      status: 400,
    })
    expect(sandbox.state.messages).toHaveLength(before)
  })
})

describe("the CRM's phone settings", () => {
  test('When an admin chooses the provider of the app, then it carries the texts; a rep cannot choose', async () => {
    const { markup } = await visit('settings/phone_system', admin)
    expect(markup).toContain('Wrapup texts')
    expect(markup).not.toContain('Wrapup extra')
    await submit('settings/phone_system', { provider: ours }, rep)
    expect(location()?.smsProviderId).toBeNull()
    await submit('settings/phone_system', { provider: ours }, admin)
    expect(location()?.smsProviderId).toBe(ours)
    await submit('settings/phone_system', { provider: '' }, admin)
    expect(location()?.smsProviderId).toBeNull()
  })

  test('When the app is uninstalled, then the own numbers carry the texts again', () => {
    sandbox.chooseSmsProvider(main, ours)
    const installs = [...sandbox.state.installs]
    sandbox.uninstall({ locationId: main })
    expect(location()?.smsProviderId).toBeNull()
    sandbox.state.installs = installs
  })
})

describe('other SMS systems in the guide', () => {
  test('When the guide is open, then it shows their credentials and what came to the phones, escaped', async () => {
    const response = await fetch(`${address('dashboard', admin)}&guide=1`)
    const markup = await response.text()
    expect(markup).toContain('loft-7')
    expect(markup).toContain('&lt;b&gt;coo&lt;/b&gt;')
  })

  test('When a phone sends or a webhook is typed in, then the system has it', async () => {
    const given = { system: 'pigeons', phone: '+12125550100', text: 'Thanks' }
    await pull('systems/receive', given)
    await pull('systems/receive', { ...given, word: 'STOP' })
    expect(received).toEqual([
      ['+12125550100', 'Thanks'],
      ['+12125550100', 'STOP'],
    ])
    const webhook = await pull('systems/webhook', { system: 'pigeons', url: 'http://127.0.0.1:1/hook' })
    expect(webhook.body['done']).toBe('Saved. Verification token: token of http://127.0.0.1:1/hook')
    expect(await pull('systems/receive', { ...given, system: 'owls' })).toMatchObject({ status: 400 })
  })
})
