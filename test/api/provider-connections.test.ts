import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import {
  bulksmsSettings,
  connectionOf,
  type ConnectionStage,
  heymarketSettings,
  startConnectionStage,
} from '../support/connection-stage.ts'
import { startTwinApp } from '../support/twin-app.ts'
import type { World } from '../support/world.ts'

const { company, location, user } = seedIds
const ownPhone = '+13125550177'
const hourMs = 3_600_000

let stage: ConnectionStage
let world: World

beforeAll(async () => {
  stage = await startConnectionStage()
  world = stage.world
})
afterAll(() => world.close())
beforeEach(() => stage.reset())

describe('what the systems can do', () => {
  it('When nothing is connected, then everybody sees what each can do, and that the CRM carries the texts', async () => {
    const answer = await stage.providers(stage.rep())
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
    connectionOf(await stage.connectHeymarket())
    expect(await stage.providerOf('heymarket', stage.rep())).toMatchObject({
      isConnected: true,
      connection: null,
    })
    const credentials = world.heymarket.credentials()
    const refused = [
      stage.rep().post('/providers/check').send({ carrier: 'heymarket', credentials }),
      stage.rep().get('/providers/heymarket/account'),
      stage.rep().put('/providers/heymarket').send({ carrier: 'heymarket', settings: heymarketSettings }),
      stage.rep().put('/providers/chosen').send({ provider: 'heymarket' }),
      stage
        .rep()
        .post('/providers/heymarket/test-message')
        .set('Idempotency-Key', 'test-1')
        .send({ to: ownPhone }),
      stage.rep().delete('/providers/heymarket'),
    ]
    for (const asked of refused) {
      expect(await asked).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } })
    }
    expect(await stage.rows()).toHaveLength(1)
  })
})

describe('disconnecting', () => {
  it('When BulkSMS is disconnected, then its webhooks are gone and the CRM carries the texts again', async () => {
    connectionOf(await stage.connectBulksms())
    expect(await stage.admin().put('/providers/chosen').send({ provider: 'bulksms' })).toMatchObject({
      body: { chosen: 'bulksms' },
    })
    expect(await stage.admin().delete('/providers/bulksms')).toMatchObject({
      status: 200,
      body: { leftovers: [] },
    })
    expect(world.bulksms.state.webhooks).toEqual([])
    expect(await stage.rows()).toEqual([])
    expect((await stage.providers()).chosen).toBe('crm')
    expect(await stage.admin().delete('/providers/bulksms')).toMatchObject({ status: 404 })
  })

  it('When something cannot be taken down, then it is forgotten here and said what is left there', async () => {
    connectionOf(await stage.connectBulksms())
    world.bulksms.faults.add({ method: 'DELETE', path: /webhooks/, status: 500, times: 9 })
    const { body } = await stage.admin().delete('/providers/bulksms')
    expect(body.leftovers).toEqual([expect.stringContaining('BulkSMS'), expect.stringContaining('BulkSMS')])
    expect(await stage.rows()).toEqual([])
  })

  it('When Heymarket is disconnected, then it says that its webhook has to be deleted by hand', async () => {
    connectionOf(await stage.connectHeymarket({ webhookToken: 'verification-token' }))
    const { body } = await stage.admin().delete('/providers/heymarket')
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
    await vi.waitFor(async () => expect(await stage.rows()).toEqual([]))
    await vi.waitFor(() => expect(world.bulksms.state.webhooks).toEqual([]))
    await world.installed(user.admin, location.berlin)
  })

  it('When a whole company uninstalls, then what its locations had set up over there is taken down, too', async () => {
    connectionOf(await stage.connectBulksms())
    expect(world.bulksms.state.webhooks).toHaveLength(2)
    world.sandbox.uninstall({ companyId: company.harbor })
    await vi.waitFor(async () => expect(await stage.rows()).toEqual([]), 5_000)
    await vi.waitFor(() => expect(world.bulksms.state.webhooks).toEqual([]), 5_000)
    await world.installed()
    await world.installed(user.admin, location.berlin)
    await stage.signInAgain()
  })

  it('When a process ended before it forgot what an uninstall left, then the next one forgets it', async () => {
    connectionOf(await stage.connectHeymarket())
    await world.database.db.execute(sql`update provider_connections set location_id = 'locUninstalled000001'`)
    const at = new Date(world.clock.now()).toISOString()
    await world.database.db.execute(sql`
      insert into installations (id, kind, location_id, status, installed_at, created_at, updated_at)
      values ('gone', 'location', 'locUninstalled000001', 'uninstalled', ${at}, ${at}, ${at})`)
    const twin = await startTwinApp(world)
    await vi.waitFor(async () => expect(await stage.rows()).toEqual([]), 5_000)
    await twin.close()
  })
})

describe('locations', () => {
  it("When another location looks, then it neither sees nor changes this one's connection", async () => {
    connectionOf(await stage.connectBulksms())
    const berlin = await world.as(user.admin, location.berlin)
    expect(await stage.providerOf('bulksms', berlin)).toMatchObject({ isConnected: false, connection: null })
    for (const asked of [
      berlin.get('/providers/bulksms/account'),
      berlin.post('/providers/bulksms/test-message').set('Idempotency-Key', 'test-1').send({ to: ownPhone }),
      berlin.delete('/providers/bulksms'),
    ]) {
      expect((await asked).status).toBe(404)
    }
    expect((await berlin.put('/providers/chosen').send({ provider: 'bulksms' })).status).toBe(409)
    expect(await stage.providerOf('bulksms')).toMatchObject({ isConnected: true })
  })

  it('When sealed columns are moved to another location, then they do not open there', async () => {
    connectionOf(await stage.connectBulksms())
    await world.database.db.execute(sql`update provider_connections set location_id = ${location.berlin}`)
    world.clock.advance(2 * hourMs)
    const berlin = await world.as(user.admin, location.berlin)
    const { status, body } = await berlin.get('/providers/bulksms/account')
    expect([status, body.error.code]).toEqual([422, 'rejected'])
    expect(body.error.message).toContain('enter them again')
    await stage.signInAgain()
  })
})

describe('rotation of the encryption key', () => {
  it('When a new key comes first, then credentials and secrets are sealed under it and go on to work with it alone', async () => {
    connectionOf(await stage.connectBulksms())
    const [before] = await stage.rows()
    const newest = randomBytes(32)
    const twin = await startTwinApp(world, { encryptionKeys: [newest, ...world.config.encryptionKeys] })
    const keyOf = (envelope: unknown) => String(envelope).split('.')[1]
    const old = keyOf(before?.['credentials'])
    await vi.waitFor(async () => {
      const [row] = await stage.rows()
      expect([keyOf(row?.['credentials']), keyOf(row?.['webhook_secret'])]).not.toContain(old)
      // Tokens of the CRM come after them.
      const { rows } = await world.database.db.execute(
        sql`select access_token from installations where access_token is not null`,
      )
      expect(rows.map((one) => keyOf(one['access_token']))).not.toContain(old)
    }, 5_000)
    await twin.close()
    const alone = await startTwinApp(world, { encryptionKeys: [newest] })
    const ask = () =>
      fetch(`${alone.url}/api/providers/bulksms/account`, {
        headers: { Authorization: `Bearer ${stage.admin().token}` },
      })
    await vi.waitFor(async () => expect((await ask()).status).toBe(200), 5_000)
    // The one with the old key says so, and blames neither the account nor the connection.
    expect((await stage.admin().get('/providers/bulksms/account')).status).toBe(503)
    expect(await stage.providerOf('bulksms')).toMatchObject({ isBroken: false })
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
