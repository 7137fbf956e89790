import { verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'
import { createSandboxClient, installApp, type SandboxClient } from './sandbox-client.ts'

type Post = { path: string | undefined; raw: Buffer; signature: string; headers: string[] }

let sandbox: Sandbox
let call: SandboxClient
let token: string
let publicKey: string
let server: Server
let posts: Post[]
let answerStatus: number

const { main, berlin } = seedIds.location
const { maya, jonas, dndSms } = seedIds.contact
const { ours, oursExtra, foreign } = seedIds.conversationProvider
const version = '2021-04-15'

/** @see https://marketplace.gohighlevel.com/docs/webhook/ProviderOutboundMessage */
const documentedFields = 'contactId locationId messageId type phone message attachments userId'.split(' ')

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const raw = Buffer.concat(await request.toArray())
    const headers = Object.keys(request.headers)
    posts.push({ path: request.url, raw, signature: String(request.headers['x-ghl-signature']), headers })
    response.writeHead(answerStatus).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small' })
  const settings = sandbox.settingsFor(`http://127.0.0.1:${address.port}`)
  publicKey = String(settings['WEBHOOK_SIGNATURE_PUBLIC_KEY'])
  call = createSandboxClient(sandbox)
  posts = []
  answerStatus = 200
  token = (await installApp(sandbox)).accessToken
  await sandbox.settle()
})
afterAll(async () => {
  await sandbox.close()
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  posts = []
  answerStatus = 200
  sandbox.clock.advance(11_000)
  sandbox.chooseSmsProvider(main, null)
})

const text = (json: object = {}) =>
  call('POST', '/conversations/messages', {
    token,
    version,
    json: { type: 'SMS', contactId: maya, message: 'Hello there', ...json },
  })
const putStatus = (messageId: unknown, json: object) =>
  call('PUT', `/conversations/messages/${messageId}/status`, { token, version, json })
const inbound = (json: object) =>
  call('POST', '/conversations/messages/inbound', { token, version, json: { type: 'SMS', ...json } })
const message = (messageId: unknown) => sandbox.state.messages.find(({ id }) => id === messageId)
const delivered = () => posts.filter(({ path }) => path === '/webhooks/outbound-messages')
const bodies = (): Record<string, unknown>[] => delivered().map(({ raw }) => JSON.parse(raw.toString()))

describe('a text for the conversation provider', () => {
  test('When a text names our provider, then it is posted to the delivery URL as documented, signed, and waits', async () => {
    const { body } = await text({ conversationProviderId: ours, attachments: ['https://example.com/a.png'] })
    await sandbox.settle()
    expect(bodies()).toEqual([
      {
        contactId: maya,
        locationId: main,
        messageId: body['messageId'],
        type: 'SMS',
        phone: sandbox.state.contacts.find(({ id }) => id === maya)?.phone,
        message: 'Hello there',
        attachments: ['https://example.com/a.png'],
      },
    ])
    const [post] = delivered()
    expect(
      post && verify(null, post.raw, publicKey, Buffer.from(post.signature, 'base64')),
      'signed over the raw bytes',
    ).toBe(true)
    expect(post?.headers).not.toContain('x-wh-signature')
    expect(message(body['messageId'])).toMatchObject({ status: 'pending', conversationProviderId: ours })
  })

  test('When somebody texts in the CRM, then our provider gets it where it is the choice, with the user', async () => {
    const own = sandbox.sendFromCrm({ contactId: maya, body: 'By our own number', userId: seedIds.user.rep })
    sandbox.chooseSmsProvider(main, ours)
    const theirs = sandbox.sendFromCrm({ contactId: maya, body: 'By the app', userId: seedIds.user.rep })
    await sandbox.settle()
    expect(own).toMatchObject({ status: 'delivered', source: 'app' })
    expect(theirs).toMatchObject({ status: 'pending', source: 'app' })
    expect(bodies()).toMatchObject([{ message: 'By the app', userId: seedIds.user.rep }])
    expect(Object.keys(bodies()[0] ?? {})).toEqual(documentedFields)
  })

  test('When the post is not taken, then the same body comes again, as often as events do', async () => {
    answerStatus = 503
    await text({ conversationProviderId: ours })
    await sandbox.settle()
    expect(delivered()).toHaveLength(sandbox.behaviour.webhookAttempts)
    expect(new Set(delivered().map(({ raw }) => raw.toString())).size).toBe(1)
  })

  test('When the provider is unknown or the contact does not want texts, then 400 and nothing is posted', async () => {
    expect(await text({ conversationProviderId: 'cpvNobody00000000001' })).toMatchObject({ status: 400 })
    expect(await text({ conversationProviderId: ours, contactId: dndSms })).toMatchObject({ status: 400 })
    await sandbox.settle()
    expect(delivered()).toEqual([])
  })

  test('When a text is planned, then it is posted when its time comes', async () => {
    const scheduledTimestamp = sandbox.clock.now() / 1000 + 3600
    await text({ conversationProviderId: ours, scheduledTimestamp })
    await sandbox.settle()
    expect(delivered()).toEqual([])
    sandbox.clock.advance(3600_000)
    await sandbox.settle()
    expect(delivered()).toHaveLength(1)
  })

  test('When posts are held, then they come when they are released', async () => {
    sandbox.webhooks.hold()
    await text({ conversationProviderId: ours })
    await sandbox.settle()
    expect(delivered()).toEqual([])
    await sandbox.webhooks.release()
    expect(delivered()).toHaveLength(1)
  })

  test('When a custom provider or one of an app that is not installed is to be the choice, then it cannot', () => {
    expect(() => sandbox.chooseSmsProvider(main, oursExtra)).toThrow('No such provider')
    expect(() => sandbox.chooseSmsProvider(berlin, ours)).toThrow('No such provider')
  })
})

describe('its status', () => {
  const refusal = [403, 'No conversation provider found for this message']
  const answered = async (messageId: unknown, json: object) => {
    const { status, body } = await putStatus(messageId, json)
    return [status, body['message']]
  }

  test('When it comes within 5 s of the post, then 403; after that it is taken and told', async () => {
    const { messageId } = (await text({ conversationProviderId: ours })).body
    sandbox.clock.advance(4_999)
    expect(await answered(messageId, { status: 'delivered' })).toEqual(refusal)
    expect(message(messageId)).toMatchObject({ status: 'pending' })
    sandbox.clock.advance(1)
    expect(await putStatus(messageId, { status: 'delivered' })).toMatchObject({
      status: 200,
      body: { messageId, status: 'delivered' },
    })
    expect(sandbox.events().at(-1)).toMatchObject({
      type: 'OutboundMessage',
      messageId,
      status: 'delivered',
      conversationProviderId: ours,
    })
  })

  test('When it comes too early, then it can be refused with 401 as well, as it formerly was', async () => {
    sandbox.behaviour.earlyStatusRefusal = 401
    const { messageId } = (await text({ conversationProviderId: ours })).body
    expect(await answered(messageId, { status: 'delivered' })).toEqual([401, refusal[1]])
    sandbox.behaviour.earlyStatusRefusal = 403
  })

  test("When the text is another app's or of the location's own number, then 403", async () => {
    sandbox.chooseSmsProvider(main, foreign)
    const others = (await text()).body['messageId']
    sandbox.chooseSmsProvider(main, null)
    const own = (await text()).body['messageId']
    sandbox.clock.advance(60_000)
    expect(await answered(others, { status: 'delivered' })).toEqual(refusal)
    expect(await answered(own, { status: 'delivered' })).toEqual(refusal)
  })

  test('When it failed, then the error is kept, but no API tells it', async () => {
    const { messageId } = (await text({ conversationProviderId: ours })).body
    sandbox.clock.advance(5_000)
    const error = { code: 'blocked', type: 'carrier', message: 'Number opted out' }
    expect(await putStatus(messageId, { status: 'failed', error })).toMatchObject({ status: 200 })
    expect(message(messageId)).toMatchObject({ status: 'failed', providerError: error })
    const read = await call('GET', `/conversations/messages/${messageId}`, { token, version })
    expect(read.body).toMatchObject({ status: 'failed', conversationProviderId: ours })
    expect(JSON.stringify(read.body)).not.toContain('opted out')
  })

  test.each([
    ['no status', {}],
    ['a status that is none of the four', { status: 'sent' }],
    ['an error without its code', { status: 'failed', error: { type: 'x', message: 'y' } }],
    ['a field too many', { status: 'delivered', reason: 'x' }],
  ])('When it has %s, then 422', async (_case, json) => {
    const { messageId } = (await text({ conversationProviderId: ours })).body
    sandbox.clock.advance(5_000)
    expect(await putStatus(messageId, json)).toMatchObject({ status: 422 })
  })
})

describe('what came in', () => {
  test('When a reply comes for a contact, then it stands in the thread and is told, each time it is sent', async () => {
    sandbox.chooseSmsProvider(main, ours)
    const date = new Date(sandbox.clock.now()).toISOString()
    const json = { contactId: jonas, message: 'I am in', altId: 'alt-1', date }
    const { status, body } = await inbound(json)
    expect([status, body['success'], body['contactId'], body['dateAdded']]).toEqual([200, true, jonas, date])
    expect(sandbox.events().at(-1)).toMatchObject({
      type: 'InboundMessage',
      messageId: body['messageId'],
      body: 'I am in',
      direction: 'inbound',
      messageType: 'SMS',
      conversationProviderId: ours,
    })
    const again = await inbound({ ...json, contactId: undefined, conversationId: body['conversationId'] })
    expect(again.status).toBe(200)
    expect(again.body['messageId']).not.toBe(body['messageId'])
  })

  test('When it is of a custom provider, then its channel is its own', async () => {
    const { body } = await inbound({ contactId: maya, message: 'Hi', conversationProviderId: oursExtra })
    expect(message(body['messageId'])).toMatchObject({ messageType: 'TYPE_CUSTOM_PROVIDER_SMS' })
  })

  test('When it names no provider and ours is not the choice, then 201 without a body, and nothing is kept', async () => {
    const before = sandbox.state.messages.length
    expect(await inbound({ contactId: maya, message: 'Lost' })).toMatchObject({ status: 201, body: {} })
    expect(sandbox.state.messages).toHaveLength(before)
  })

  test('When STOP comes in by a provider, then to set do-not-disturb is up to the app', async () => {
    await inbound({ contactId: maya, message: 'STOP', conversationProviderId: ours })
    expect(sandbox.state.contacts.find(({ id }) => id === maya)?.dndSettings.SMS?.status).not.toBe('active')
  })

  test.each([
    ['neither contact nor conversation', 422, { message: 'Hi' }],
    ['no type that is known', 422, { type: 'Pigeon', contactId: maya, message: 'Hi' }],
    ['a bare date', 422, { contactId: maya, message: 'Hi', date: '2026-11-21' }],
    ['a field too many', 422, { contactId: maya, message: 'Hi', phone: '+12125550100' }],
    ['no words', 400, { contactId: maya, message: ' ' }],
    ['an unknown contact', 500, { contactId: 'conNobody', message: 'Hi' }],
    ['an unknown conversation', 500, { conversationId: 'cnvNobody', message: 'Hi' }],
    ["another app's provider", 500, { contactId: maya, message: 'Hi', conversationProviderId: foreign }],
    ["another location's contact", 403, { contactId: seedIds.contact.berlin, message: 'Hi' }],
  ])('When it has %s, then %i', async (_case, status, json) => {
    expect(await inbound({ conversationProviderId: ours, ...json })).toMatchObject({ status })
  })
})
