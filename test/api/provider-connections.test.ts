import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type ProviderConnection,
  providerConnectionAnswerSchema,
  type ProvidersAnswer,
  providersAnswerSchema,
} from '../../shared/provider-contract.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startTwinApp } from '../support/twin-app.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds
const ownPhone = '+13125550177'
const hourMs = 3_600_000

const heymarketSettings = {
  conversationProviderId: seedIds.conversationProvider.ours,
  createsContacts: true,
  inboxId: heymarketIds.inbox.support,
  creatorId: heymarketIds.member.ada,
  webhookToken: null as string | null,
}
const bulksmsSettings = {
  conversationProviderId: seedIds.conversationProvider.oursExtra,
  createsContacts: true,
  sender: null as string | null,
  alertEmail: 'ops@example.com',
}

let world: World
let admin: Awaited<ReturnType<World['as']>>
let rep: Awaited<ReturnType<World['as']>>

beforeAll(async () => {
  world = await startWorld({ carriers: true })
  world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 2_000 }
  await world.installed()
  await world.installed(user.admin, location.berlin)
  admin = await world.as(user.admin)
  rep = await world.as()
})
afterAll(() => world.close())
beforeEach(async () => {
  for (const sandbox of [world.heymarket, world.bulksms]) sandbox.faults.clear()
  world.bulksms.state.webhooks.splice(0)
  await world.database.db.execute(sql`truncate provider_connections, provider_choices, audit_entries`)
})

const connectHeymarket = (settings: object = {}, credentials: object = world.heymarket.credentials()) =>
  admin
    .put('/providers/heymarket')
    .send({ carrier: 'heymarket', credentials, settings: { ...heymarketSettings, ...settings } })

const connectBulksms = (settings: object = {}, credentials: object = world.bulksms.credentials()) =>
  admin
    .put('/providers/bulksms')
    .send({ carrier: 'bulksms', credentials, settings: { ...bulksmsSettings, ...settings } })

const changeBulksms = (settings: object) =>
  admin.put('/providers/bulksms').send({ carrier: 'bulksms', settings: { ...bulksmsSettings, ...settings } })

const connectionOf = (answer: { status: number; body: unknown }): ProviderConnection => {
  expect(answer).toMatchObject({ status: 200 })
  return providerConnectionAnswerSchema.parse(answer.body).connection
}

async function providers(client = admin): Promise<ProvidersAnswer> {
  const answer = await client.get('/providers')
  expect(answer.status).toBe(200)
  return providersAnswerSchema.parse(answer.body)
}
const providerOf = async (name: string, client = admin) =>
  (await providers(client)).providers.find(({ provider }) => provider === name)

const rows = async () =>
  (await world.database.db.execute(sql`select * from provider_connections order by carrier`)).rows

const webhookPath = (id: unknown) => `${world.publicUrl}/webhooks/providers/bulksms/${String(id)}`

describe('what the systems can do', () => {
  it('When nothing is connected, then everybody sees what each can do, and that the CRM carries the texts', async () => {
    const answer = await providers(rep)
    expect(answer.chosen).toBe('crm')
    expect(
      answer.providers.map(({ provider, isConnected, connection }) => [provider, isConnected, connection]),
    ).toEqual([
      ['crm', true, null],
      ['heymarket', false, null],
      ['bulksms', false, null],
    ])
    const capabilities = Object.fromEntries(
      answer.providers.map((one) => [one.provider, one.capabilities] as const),
    )
    expect(capabilities['heymarket']).toContain('contacts')
    expect(capabilities['heymarket']).not.toContain('webhookApi')
    expect(capabilities['bulksms']).toContain('webhookApi')
    expect(capabilities['bulksms']).not.toContain('contacts')
  })

  it('When somebody who is no admin looks or changes, then they see no connection and may change nothing', async () => {
    connectionOf(await connectHeymarket())
    expect(await providerOf('heymarket', rep)).toMatchObject({ isConnected: true, connection: null })
    const credentials = world.heymarket.credentials()
    const refused = [
      rep.post('/providers/check').send({ carrier: 'heymarket', credentials }),
      rep.get('/providers/heymarket/account'),
      rep.put('/providers/heymarket').send({ carrier: 'heymarket', settings: heymarketSettings }),
      rep.put('/providers/chosen').send({ provider: 'heymarket' }),
      rep.post('/providers/heymarket/test-message').send({ to: ownPhone }),
      rep.delete('/providers/heymarket'),
    ]
    for (const asked of refused) {
      expect(await asked).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } })
    }
    expect(await rows()).toHaveLength(1)
  })
})

describe('checking credentials', () => {
  it('When they are right, then it says what they open and keeps nothing', async () => {
    const heymarket = await admin
      .post('/providers/check')
      .send({ carrier: 'heymarket', credentials: world.heymarket.credentials() })
    expect(heymarket).toMatchObject({ status: 200, body: { account: { name: 'Lakeside Dental' } } })
    const bulksms = await admin
      .post('/providers/check')
      .send({ carrier: 'bulksms', credentials: world.bulksms.credentials() })
    expect(bulksms).toMatchObject({ status: 200, body: { account: { name: 'harbor-dental', credits: 500 } } })
    expect(await rows()).toEqual([])
  })

  it.each([
    ['heymarket', { secretId: 'secret-of-nobody', secretKey: 'key-of-nobody' }],
    ['bulksms', { tokenId: 'NOBODY-01-A', tokenSecret: 'secret-of-nobody' }],
  ])(
    'When those of %s are wrong, then it says so, and connecting stores nothing',
    async (carrier, credentials) => {
      const settings = carrier === 'heymarket' ? heymarketSettings : bulksmsSettings
      const answers = [
        await admin.post('/providers/check').send({ carrier, credentials }),
        await admin.put(`/providers/${carrier}`).send({ carrier, credentials, settings }),
      ]
      for (const { status, body, text } of answers) {
        expect([status, body.error.code]).toEqual([422, 'rejected'])
        expect(body.error.message).toMatch(/make a new/i)
        expect(text).not.toMatch(/of-nobody/)
      }
      expect(await rows()).toEqual([])
    },
  )

  it('When the system does not answer, then it is not the credentials that are blamed', async () => {
    world.bulksms.faults.add({ path: /profile/, status: 500, times: 9 })
    const answer = await connectBulksms()
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'upstream_unavailable' } } })
    expect(await rows()).toEqual([])
  })
})

describe('connecting Heymarket', () => {
  it('When it is connected, then credentials are sealed, nothing secret is answered, and an address is told to paste', async () => {
    const token = 'verification-token-of-the-webhook'
    const connection = connectionOf(await connectHeymarket({ webhookToken: token }))
    const [row] = await rows()
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
    const told = JSON.stringify([await providers(), await providers(rep), connection])
    for (const secret of [secretId, secretKey, token]) {
      expect(told).not.toContain(secret)
      expect(JSON.stringify(row)).not.toContain(secret)
    }
  })

  it('When settings change without the token, then the one that is kept stays', async () => {
    connectionOf(await connectHeymarket({ webhookToken: 'verification-token' }))
    const before = (await rows())[0]
    const changed = await admin.put('/providers/heymarket').send({
      carrier: 'heymarket',
      settings: { ...heymarketSettings, creatorId: heymarketIds.member.ben },
    })
    expect(connectionOf(changed)).toMatchObject({
      settings: { creatorId: 8 },
      webhookSetup: { hasToken: true },
    })
    const after = (await rows())[0]
    expect([after?.['id'], after?.['webhook_secret']]).toEqual([before?.['id'], before?.['webhook_secret']])
  })

  it.each([
    ['an inbox that the account has not', { inboxId: 4711 }, 'settings.inboxId'],
    ['a sender who is not in the inbox', { creatorId: heymarketIds.member.cleo }, 'settings.creatorId'],
  ])('When settings name %s, then they are refused by name', async (_what, settings, path) => {
    const { status, body } = await connectHeymarket(settings)
    expect([status, body.error.code, body.error.details[0].path]).toEqual([400, 'validation', path])
    expect(await rows()).toEqual([])
  })

  it('When its credentials were revoked, then looking at the account breaks the connection and says what to do', async () => {
    connectionOf(await connectHeymarket())
    const secrets = world.heymarket.state.apiSecrets.splice(0, 1, { id: 'secret-new', key: 'key-new-of-it' })
    expect(await admin.get('/providers/heymarket/account')).toMatchObject({ status: 422 })
    expect(await providerOf('heymarket')).toMatchObject({
      isBroken: true,
      connection: { lastError: { whatToDo: expect.stringContaining('new API secret') } },
    })
    connectionOf(await connectHeymarket())
    expect(await providerOf('heymarket')).toMatchObject({ isBroken: false, connection: { lastError: null } })
    world.heymarket.state.apiSecrets.splice(0, 1, ...secrets)
  })
})

describe('connecting BulkSMS', () => {
  const registered = () =>
    world.bulksms.state.webhooks.map(({ triggerScope, url, active }) => ({ triggerScope, url, active }))

  it('When it is connected, then both webhooks are set up with a secret that nobody else is told', async () => {
    const connection = connectionOf(await connectBulksms())
    expect(connection).toMatchObject({
      status: 'active',
      credentialHint: expect.stringContaining('…'),
      credits: 500,
      webhookSetup: null,
      lastError: null,
    })
    const [row] = await rows()
    const [first, second, ...others] = registered()
    expect(others).toEqual([])
    expect([first?.triggerScope, second?.triggerScope]).toEqual(['SENT', 'RECEIVED'])
    const url = new URL(first?.url ?? '')
    expect(`${url.origin}${url.pathname}`).toBe(webhookPath(row?.['id']))
    const secret = url.searchParams.get('secret') ?? ''
    expect(secret.length).toBeGreaterThan(40)
    const told = JSON.stringify([await providers(), connection, row, world.recorder.logs])
    expect(told).not.toContain(secret)
    expect(told).not.toContain(world.bulksms.credentials().tokenSecret)
  })

  it('When a sender is not allowed on the account, then it is refused by name', async () => {
    const { status, body } = await connectBulksms({ sender: 'Nobody' })
    expect([status, body.error.details[0].path]).toEqual([400, 'settings.sender'])
    connectionOf(await connectBulksms({ sender: 'HarborDent' }))
  })

  it('When webhooks cannot be set up, then the connection stays, says what to do, and saving again mends it', async () => {
    world.bulksms.faults.add({ method: 'POST', path: /webhooks/, status: 500, times: 9 })
    const failed = connectionOf(await connectBulksms())
    expect(failed).toMatchObject({
      status: 'active',
      lastError: { message: expect.stringContaining('BulkSMS'), whatToDo: expect.stringContaining('again') },
    })
    world.bulksms.faults.clear()
    expect(connectionOf(await changeBulksms({}))).toMatchObject({ lastError: null })
    expect(registered()).toHaveLength(2)
  })

  it('When only settings change, then address and secret stay, and the address for alarms follows', async () => {
    connectionOf(await connectBulksms())
    const before = registered()
    connectionOf(await changeBulksms({ alertEmail: 'other@example.com' }))
    expect(registered()).toEqual(before)
    expect(world.bulksms.state.webhooks.map((one) => one.contactEmailAddress)).toEqual([
      'other@example.com',
      'other@example.com',
    ])
  })

  it('When a new token of the same account is connected, then nothing that comes meanwhile is lost', async () => {
    connectionOf(await connectBulksms())
    const before = registered()
    const token = { id: 'TESTID-02-B', secret: 'another-secret-of-it' }
    world.bulksms.state.tokens.push(token)
    connectionOf(await connectBulksms({}, { tokenId: token.id, tokenSecret: token.secret }))
    expect(registered()).toEqual(before)
    world.bulksms.state.tokens.pop()
  })

  it('When another account is connected, then the one before is left with nothing, and its address is dead', async () => {
    connectionOf(await connectBulksms())
    const [before] = registered()
    world.bulksms.state.username = 'harbor-two'
    connectionOf(await connectBulksms())
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
    const answers = await Promise.all([connectBulksms(), connectBulksms(), connectBulksms()])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await rows()).toHaveLength(1)
    expect(registered()).toHaveLength(2)
    const [row] = await rows()
    for (const { url } of registered()) expect(url).toContain(webhookPath(row?.['id']))
    expect(row?.['last_error_message']).toBeNull()
  })

  it('When new credentials are wrong, then the ones that are kept go on', async () => {
    connectionOf(await connectBulksms())
    const before = await rows()
    const wrong = await connectBulksms({}, { tokenId: 'NOBODY-01-A', tokenSecret: 'of-nobody' })
    expect(wrong.status).toBe(422)
    expect(await rows()).toEqual(before)
    expect(await admin.get('/providers/bulksms/account')).toMatchObject({
      status: 200,
      body: { account: { name: 'harbor-dental' } },
    })
  })

  it('When credentials are missing the first time, then they are asked for', async () => {
    const { status, body } = await changeBulksms({})
    expect([status, body.error.code, body.error.details[0].path]).toEqual([400, 'validation', 'credentials'])
  })
})

describe('disconnecting', () => {
  it('When BulkSMS is disconnected, then its webhooks are gone and the CRM carries the texts again', async () => {
    connectionOf(await connectBulksms())
    expect(await admin.put('/providers/chosen').send({ provider: 'bulksms' })).toMatchObject({
      body: { chosen: 'bulksms' },
    })
    expect(await admin.delete('/providers/bulksms')).toMatchObject({ status: 200, body: { leftovers: [] } })
    expect(world.bulksms.state.webhooks).toEqual([])
    expect(await rows()).toEqual([])
    expect((await providers()).chosen).toBe('crm')
    expect(await admin.delete('/providers/bulksms')).toMatchObject({ status: 404 })
  })

  it('When something cannot be taken down, then it is forgotten here and said what is left there', async () => {
    connectionOf(await connectBulksms())
    world.bulksms.faults.add({ method: 'DELETE', path: /webhooks/, status: 500, times: 9 })
    const { body } = await admin.delete('/providers/bulksms')
    expect(body.leftovers).toEqual([expect.stringContaining('BulkSMS'), expect.stringContaining('BulkSMS')])
    expect(await rows()).toEqual([])
  })

  it('When Heymarket is disconnected, then it says that its webhook has to be deleted by hand', async () => {
    connectionOf(await connectHeymarket({ webhookToken: 'verification-token' }))
    const { body } = await admin.delete('/providers/heymarket')
    expect(body.leftovers).toEqual([expect.stringContaining('by hand')])
  })

  it('When the app is uninstalled, then its credentials are forgotten, and so are the webhooks over there', async () => {
    const berlin = await world.as(user.admin, location.berlin)
    const connected = await berlin.put('/providers/bulksms').send({
      carrier: 'bulksms',
      credentials: world.bulksms.credentials(),
      settings: bulksmsSettings,
    })
    connectionOf(connected)
    expect(world.bulksms.state.webhooks).toHaveLength(2)
    await world.sandbox.uninstall({ locationId: location.berlin })
    await vi.waitFor(async () => expect(await rows()).toEqual([]))
    await vi.waitFor(() => expect(world.bulksms.state.webhooks).toEqual([]))
    await world.installed(user.admin, location.berlin)
  })

  it('When a process ended before it forgot what an uninstall left, then the next one forgets it', async () => {
    connectionOf(await connectHeymarket())
    await world.database.db.execute(sql`update provider_connections set location_id = 'locUninstalled000001'`)
    const at = new Date(world.clock.now()).toISOString()
    await world.database.db.execute(sql`
      insert into installations (id, kind, location_id, status, installed_at, created_at, updated_at)
      values ('gone', 'location', 'locUninstalled000001', 'uninstalled', ${at}, ${at}, ${at})`)
    const twin = await startTwinApp(world)
    await vi.waitFor(async () => expect(await rows()).toEqual([]), 5_000)
    await twin.close()
  })
})

describe('locations', () => {
  it("When another location looks, then it neither sees nor changes this one's connection", async () => {
    connectionOf(await connectBulksms())
    const berlin = await world.as(user.admin, location.berlin)
    expect(await providerOf('bulksms', berlin)).toMatchObject({ isConnected: false, connection: null })
    for (const asked of [
      berlin.get('/providers/bulksms/account'),
      berlin.post('/providers/bulksms/test-message').send({ to: ownPhone }),
      berlin.delete('/providers/bulksms'),
    ]) {
      expect((await asked).status).toBe(404)
    }
    expect((await berlin.put('/providers/chosen').send({ provider: 'bulksms' })).status).toBe(409)
    expect(await providerOf('bulksms')).toMatchObject({ isConnected: true })
  })

  it('When sealed columns are moved to another location, then they do not open there', async () => {
    connectionOf(await connectBulksms())
    await world.database.db.execute(sql`update provider_connections set location_id = ${location.berlin}`)
    world.clock.advance(2 * hourMs)
    const berlin = await world.as(user.admin, location.berlin)
    const { status, body } = await berlin.get('/providers/bulksms/account')
    expect([status, body.error.code]).toEqual([422, 'rejected'])
    expect(body.error.message).toContain('enter them again')
    admin = await world.as(user.admin)
    rep = await world.as()
  })
})

describe('a test message', () => {
  it('When one is sent, then it goes out once, past the CRM, and is written down without the number', async () => {
    connectionOf(await connectBulksms())
    const sent = world.bulksms.sentTexts().length
    const answer = await admin.post('/providers/bulksms/test-message').send({ to: ownPhone })
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'accepted' } })
    expect(world.bulksms.sentTexts()).toHaveLength(sent + 1)
    expect(world.bulksms.sentTexts().at(-1)?.to).toBe(ownPhone.slice(1))
    const { body } = await admin.get('/audit')
    expect(
      body.entries.map((one: { action: string; outcome: string; reference: string }) => one),
    ).toMatchObject([
      { action: 'provider.test', outcome: 'done', reference: 'bulksms' },
      { action: 'provider.connect', outcome: 'done', reference: 'bulksms' },
    ])
    expect(JSON.stringify(body)).not.toContain(ownPhone.slice(1))
  })

  it('When the account has no credits, then the connection is broken and says what to do', async () => {
    connectionOf(await connectBulksms())
    world.bulksms.state.credits = 0
    const answer = await admin.post('/providers/bulksms/test-message').send({ to: ownPhone })
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'refused' } })
    expect(await providerOf('bulksms')).toMatchObject({
      isBroken: true,
      connection: { lastError: { whatToDo: expect.stringContaining('credits') } },
    })
    world.bulksms.state.credits = 500
    expect(connectionOf(await changeBulksms({}))).toMatchObject({ status: 'active', lastError: null })
  })

  it('When the number is no E.164 or has opted out, then nothing is sent', async () => {
    connectionOf(await connectBulksms())
    const sent = world.bulksms.sentTexts().length
    const wrong = await admin.post('/providers/bulksms/test-message').send({ to: '3125550177' })
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'validation' } } })
    await world.database.db.execute(
      sql`insert into opt_outs values (${location.main}, ${ownPhone}, 'bulksms', true, now())`,
    )
    const optedOut = await admin.post('/providers/bulksms/test-message').send({ to: ownPhone })
    expect(optedOut.body).toMatchObject({ outcome: 'refused', message: expect.stringContaining('opted out') })
    expect(world.bulksms.sentTexts()).toHaveLength(sent)
    await world.database.db.execute(sql`truncate opt_outs`)
  })
})

describe('who carries the texts', () => {
  const text = (key: string, fields: object = {}) =>
    rep
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', key)
      .send({ message: 'A text that is carried', ...fields })
  const sentFields = () => {
    const sends = world.sandbox.calls.filter(
      ({ method, path }) => method === 'POST' && path === '/conversations/messages',
    )
    return sends.at(-1)?.body
  }
  const choose = (provider: string) => admin.put('/providers/chosen').send({ provider })

  it('When another system is chosen, then the CRM is asked to send by its provider, and not from its own number', async () => {
    connectionOf(await connectHeymarket())
    expect((await choose('heymarket')).status).toBe(200)
    expect((await text('carried-1', { fromNumber: '+13125550100' })).status).toBe(201)
    expect(sentFields()).toMatchObject({ conversationProviderId: seedIds.conversationProvider.ours })
    expect(sentFields()).not.toHaveProperty('fromNumber')
    expect((await choose('crm')).status).toBe(200)
    expect((await text('carried-2')).status).toBe(201)
    expect(sentFields()).not.toHaveProperty('conversationProviderId')
  })

  it('When the choice changes in another process, then texts follow it at once', async () => {
    connectionOf(await connectHeymarket())
    await text('carried-3')
    const twin = await startTwinApp(world)
    const choice = await fetch(`${twin.url}/api/providers/chosen`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${admin.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ provider: 'heymarket' }),
    })
    expect(choice.status).toBe(200)
    await vi.waitFor(async () => {
      await text(`carried-${randomBytes(4).toString('hex')}`)
      expect(sentFields()).toMatchObject({ conversationProviderId: seedIds.conversationProvider.ours })
    }, 3_000)
    await twin.close()
  })

  it('When the chosen one is broken, then a text is refused before it is sent, with what to do, and goes once it is mended', async () => {
    connectionOf(await connectHeymarket())
    await choose('heymarket')
    const known = world.heymarket.state.apiSecrets.splice(0, 1, { id: 'secret-new', key: 'key-new-of-it' })
    await admin.get('/providers/heymarket/account')
    const calls = world.sandbox.calls.length
    const refused = await text('carried-broken')
    expect(refused).toMatchObject({ status: 422, body: { error: { code: 'rejected' } } })
    expect(refused.body.error.message).toMatch(/Nothing was sent.*Settings/)
    expect(world.sandbox.calls.slice(calls).some(({ path }) => path === '/conversations/messages')).toBe(
      false,
    )
    world.heymarket.state.apiSecrets.splice(0, 1, ...known)
    connectionOf(await connectHeymarket())
    expect((await text('carried-broken')).status).toBe(201)
  })

  it('When a system that is not connected is chosen, then it is refused', async () => {
    expect(await choose('bulksms')).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } })
    expect((await choose('pigeons')).status).toBe(400)
    expect((await admin.put('/providers/pigeons').send({})).status).toBe(404)
  })
})

/** The last, for afterwards this world cannot read what is stored. */
describe('rotation of the encryption key', () => {
  it('When a new key comes first, then credentials and secrets are sealed under it and go on to work with it alone', async () => {
    connectionOf(await connectBulksms())
    const [before] = await rows()
    const newest = randomBytes(32)
    const twin = await startTwinApp(world, { encryptionKeys: [newest, ...world.config.encryptionKeys] })
    const keyOf = (envelope: unknown) => String(envelope).split('.')[1]
    await vi.waitFor(async () => {
      const [row] = await rows()
      expect(keyOf(row?.['credentials'])).not.toBe(keyOf(before?.['credentials']))
      expect(keyOf(row?.['webhook_secret'])).not.toBe(keyOf(before?.['webhook_secret']))
    }, 5_000)
    await twin.close()
    const alone = await startTwinApp(world, { encryptionKeys: [newest] })
    const ask = () =>
      fetch(`${alone.url}/api/providers/bulksms/account`, {
        headers: { Authorization: `Bearer ${admin.token}` },
      })
    await vi.waitFor(async () => expect((await ask()).status).toBe(200))
    // The one with the old key says so, and blames neither the account nor the connection.
    expect((await admin.get('/providers/bulksms/account')).status).toBe(503)
    expect(await providerOf('bulksms')).toMatchObject({ isBroken: false })
    // Nor does it drop what BulkSMS tells it, however long the key is gone.
    world.clock.advance(2 * hourMs)
    const called = await fetch(world.bulksms.state.webhooks[0]?.url ?? '', {
      method: 'POST',
      body: '[]',
      headers: { 'Content-Type': 'application/json' },
    })
    expect(called.status).toBe(503)
    await alone.close()
  })
})
