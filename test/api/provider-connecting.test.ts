import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import {
  bulksmsSettings,
  connectionOf,
  type ConnectionStage,
  heymarketSettings,
  startConnectionStage,
} from '../support/connection-stage.ts'
import type { World } from '../support/world.ts'

let stage: ConnectionStage
let world: World

beforeAll(async () => {
  stage = await startConnectionStage()
  world = stage.world
})
afterAll(() => world.close())
beforeEach(() => stage.reset())

describe('checking credentials', () => {
  it('When they are right, then it says what they open and keeps nothing', async () => {
    const heymarket = await stage
      .admin()
      .post('/providers/check')
      .send({ carrier: 'heymarket', credentials: world.heymarket.credentials() })
    expect(heymarket).toMatchObject({ status: 200, body: { account: { name: 'Lakeside Dental' } } })
    const bulksms = await stage
      .admin()
      .post('/providers/check')
      .send({ carrier: 'bulksms', credentials: world.bulksms.credentials() })
    expect(bulksms).toMatchObject({ status: 200, body: { account: { name: 'harbor-dental', credits: 500 } } })
    expect(await stage.rows()).toEqual([])
  })

  it.each([
    ['heymarket', { secretId: 'secret-of-nobody', secretKey: 'key-of-nobody' }],
    ['bulksms', { tokenId: 'NOBODY-01-A', tokenSecret: 'secret-of-nobody' }],
  ])(
    'When those of %s are wrong, then it says so, and connecting stores nothing',
    async (carrier, credentials) => {
      const settings = carrier === 'heymarket' ? heymarketSettings : bulksmsSettings
      const answers = [
        await stage.admin().post('/providers/check').send({ carrier, credentials }),
        await stage.admin().put(`/providers/${carrier}`).send({ carrier, credentials, settings }),
      ]
      for (const { status, body, text } of answers) {
        expect([status, body.error.code]).toEqual([422, 'rejected'])
        expect(body.error.message).toMatch(/make a new/i)
        expect(text).not.toMatch(/of-nobody/)
      }
      expect(await stage.rows()).toEqual([])
    },
  )

  it('When the system does not answer, then it is not the credentials that are blamed', async () => {
    world.bulksms.faults.add({ path: /profile/, status: 500, times: 9 })
    const answer = await stage.connectBulksms()
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'upstream_unavailable' } } })
    expect(await stage.rows()).toEqual([])
  })
})

describe('connecting Heymarket', () => {
  it('When it is connected, then credentials are sealed, nothing secret is answered, and an address is told to paste', async () => {
    const token = 'verification-token-of-the-webhook'
    const connection = connectionOf(await stage.connectHeymarket({ webhookToken: token }))
    const [row] = await stage.rows()
    expect(connection).toMatchObject({
      carrier: 'heymarket',
      status: 'active',
      credentialHint: expect.stringMatching(/^secr….{5}$/),
      settings: { inboxId: 42, creatorId: 7, webhookToken: null },
      webhookSetup: {
        url: `${world.publicUrl}/webhooks/providers/heymarket/${String(row?.['id'])}`,
        hasToken: true,
        hasBeenCalled: false,
      },
      lastError: null,
    })
    const { secretId, secretKey } = world.heymarket.credentials()
    const told = JSON.stringify([await stage.providers(), await stage.providers(stage.rep()), connection])
    for (const secret of [secretId, secretKey, token]) {
      expect(told).not.toContain(secret)
      expect(JSON.stringify(row)).not.toContain(secret)
    }
  })

  it('When settings change without the token, then the one that is kept stays', async () => {
    connectionOf(await stage.connectHeymarket({ webhookToken: 'verification-token' }))
    const before = (await stage.rows())[0]
    const changed = await stage
      .admin()
      .put('/providers/heymarket')
      .send({
        carrier: 'heymarket',
        settings: { ...heymarketSettings, creatorId: heymarketIds.member.ben },
      })
    expect(connectionOf(changed)).toMatchObject({
      settings: { creatorId: 8 },
      webhookSetup: { hasToken: true },
    })
    const after = (await stage.rows())[0]
    expect([after?.['id'], after?.['webhook_secret']]).toEqual([before?.['id'], before?.['webhook_secret']])
  })

  it.each([
    ['an inbox that the account has not', { inboxId: 4711 }, 'settings.inboxId'],
    ['a sender who is not in the inbox', { creatorId: heymarketIds.member.cleo }, 'settings.creatorId'],
  ])('When settings name %s, then they are refused by name', async (_what, settings, path) => {
    const { status, body } = await stage.connectHeymarket(settings)
    expect([status, body.error.code, body.error.details[0].path]).toEqual([400, 'validation', path])
    expect(await stage.rows()).toEqual([])
  })

  it('When its credentials were revoked, then looking at the account breaks the connection and says what to do', async () => {
    connectionOf(await stage.connectHeymarket())
    const secrets = world.heymarket.state.apiSecrets.splice(0, 1, { id: 'secret-new', key: 'key-new-of-it' })
    expect(await stage.admin().get('/providers/heymarket/account')).toMatchObject({ status: 422 })
    expect(await stage.providerOf('heymarket')).toMatchObject({
      isBroken: true,
      connection: { lastError: { whatToDo: expect.stringContaining('new API secret') } },
    })
    connectionOf(await stage.connectHeymarket())
    expect(await stage.providerOf('heymarket')).toMatchObject({
      isBroken: false,
      connection: { lastError: null },
    })
    world.heymarket.state.apiSecrets.splice(0, 1, ...secrets)
  })
})

describe('connecting BulkSMS', () => {
  const registered = () =>
    world.bulksms.state.webhooks.map(({ triggerScope, url, active }) => ({ triggerScope, url, active }))

  it('When it is connected, then both webhooks are set up with a secret that nobody else is told', async () => {
    const connection = connectionOf(await stage.connectBulksms())
    expect(connection).toMatchObject({
      status: 'active',
      credentialHint: expect.stringContaining('…'),
      credits: 500,
      webhookSetup: null,
      lastError: null,
    })
    const [row] = await stage.rows()
    const [first, second, ...others] = registered()
    expect(others).toEqual([])
    expect([first?.triggerScope, second?.triggerScope]).toEqual(['SENT', 'RECEIVED'])
    const url = new URL(first?.url ?? '')
    expect(`${url.origin}${url.pathname}`).toBe(stage.webhookPath(row?.['id']))
    const secret = url.searchParams.get('secret') ?? ''
    expect(secret.length).toBeGreaterThan(40)
    const told = JSON.stringify([await stage.providers(), connection, row, world.recorder.logs])
    expect(told).not.toContain(secret)
    expect(told).not.toContain(world.bulksms.credentials().tokenSecret)
  })

  it('When a sender is not allowed on the account, then it is refused by name', async () => {
    const { status, body } = await stage.connectBulksms({ sender: 'Nobody' })
    expect([status, body.error.details[0].path]).toEqual([400, 'settings.sender'])
    connectionOf(await stage.connectBulksms({ sender: 'HarborDent' }))
  })

  it('When webhooks cannot be set up, then the connection stays, says what to do, and saving again mends it', async () => {
    world.bulksms.faults.add({ method: 'POST', path: /webhooks/, status: 500, times: 9 })
    const failed = connectionOf(await stage.connectBulksms())
    expect(failed).toMatchObject({
      status: 'active',
      lastError: { message: expect.stringContaining('BulkSMS'), whatToDo: expect.stringContaining('again') },
    })
    world.bulksms.faults.clear()
    expect(connectionOf(await stage.changeBulksms({}))).toMatchObject({ lastError: null })
    expect(registered()).toHaveLength(2)
  })

  it('When only settings change, then address and secret stay, and the address for alarms follows', async () => {
    connectionOf(await stage.connectBulksms())
    const before = registered()
    connectionOf(await stage.changeBulksms({ alertEmail: 'other@example.com' }))
    expect(registered()).toEqual(before)
    expect(world.bulksms.state.webhooks.map((one) => one.contactEmailAddress)).toEqual([
      'other@example.com',
      'other@example.com',
    ])
  })

  it('When the account was renamed over there and only settings change, then it is still known as before', async () => {
    connectionOf(await stage.connectBulksms())
    connectionOf(await stage.connectHeymarket())
    const names = async () => (await stage.rows()).map((row) => row['account_name'])
    const before = await names()
    const [bulksms, heymarket] = [world.bulksms.state, world.heymarket.state]
    const [username, teamName] = [bulksms.username, heymarket.team.name]
    try {
      bulksms.username = 'harbor-dental-renamed'
      heymarket.team.name = 'A team renamed'
      connectionOf(await stage.changeBulksms({}))
      connectionOf(await stage.changeHeymarket({}))
      expect(await names()).toEqual(before)
    } finally {
      bulksms.username = username
      heymarket.team.name = teamName
    }
  })

  it('When a new token of the same account is connected, then nothing that comes meanwhile is lost', async () => {
    connectionOf(await stage.connectBulksms())
    const before = registered()
    const token = { id: 'TESTID-02-B', secret: 'another-secret-of-it' }
    world.bulksms.state.tokens.push(token)
    connectionOf(await stage.connectBulksms({}, { tokenId: token.id, tokenSecret: token.secret }))
    expect(registered()).toEqual(before)
    world.bulksms.state.tokens.pop()
  })

  it('When another account is connected, then the one before is left with nothing, and its address is dead', async () => {
    connectionOf(await stage.connectBulksms())
    const [before] = registered()
    world.bulksms.state.username = 'harbor-two'
    connectionOf(await stage.connectBulksms())
    world.bulksms.state.username = 'harbor-dental'
    expect(registered()).toHaveLength(2)
    expect(registered().map(({ url }) => url)).not.toContain(before?.url)
    const late = await fetch(before?.url ?? '', {
      method: 'POST',
      body: '[]',
      headers: { 'Content-Type': 'application/json' },
    })
    expect(late.status).toBe(401)
  })

  it('When two admins connect at once, then there is one connection with two webhooks', async () => {
    const answers = await Promise.all([
      stage.connectBulksms(),
      stage.connectBulksms(),
      stage.connectBulksms(),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await stage.rows()).toHaveLength(1)
    expect(registered()).toHaveLength(2)
    const [row] = await stage.rows()
    for (const { url } of registered()) expect(url).toContain(stage.webhookPath(row?.['id']))
    expect(row?.['last_error_message']).toBeNull()
  })

  it('When new credentials are wrong, then the ones that are kept go on', async () => {
    connectionOf(await stage.connectBulksms())
    const before = await stage.rows()
    const wrong = await stage.connectBulksms({}, { tokenId: 'NOBODY-01-A', tokenSecret: 'of-nobody' })
    expect(wrong.status).toBe(422)
    expect(await stage.rows()).toEqual(before)
    expect(await stage.admin().get('/providers/bulksms/account')).toMatchObject({
      status: 200,
      body: { account: { name: 'harbor-dental' } },
    })
  })

  it('When credentials are missing the first time, then they are asked for', async () => {
    const { status, body } = await stage.changeBulksms({})
    expect([status, body.error.code, body.error.details[0].path]).toEqual([400, 'validation', 'credentials'])
  })
})
