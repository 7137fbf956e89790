import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { connectionOf, type ConnectionStage, startConnectionStage } from '../support/connection-stage.ts'
import { startTwinApp } from '../support/twin-app.ts'
import type { World } from '../support/world.ts'

const { contact, location } = seedIds
const ownPhone = '+13125550177'

let stage: ConnectionStage
let world: World

beforeAll(async () => {
  stage = await startConnectionStage()
  world = stage.world
})
afterAll(() => world.close())
beforeEach(() => stage.reset())

describe('who carries the texts', () => {
  const text = (key: string, fields: object = {}) =>
    stage
      .rep()
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', key)
      .send({ message: 'A text that is carried', ...fields })
  const sentFields = () => {
    const sends = world.sandbox.calls.filter(
      ({ method, path }) => method === 'POST' && path === '/conversations/messages',
    )
    return sends.at(-1)?.body
  }
  const choose = (provider: string) => stage.admin().put('/providers/chosen').send({ provider })

  it('When another system is chosen, then the CRM is asked to send by its provider, and not from its own number', async () => {
    connectionOf(await stage.connectHeymarket())
    expect((await choose('heymarket')).status).toBe(200)
    expect((await text('carried-1', { fromNumber: '+13125550100' })).status).toBe(201)
    expect(sentFields()).toMatchObject({ conversationProviderId: seedIds.conversationProvider.ours })
    expect(sentFields()).not.toHaveProperty('fromNumber')
    expect((await choose('crm')).status).toBe(200)
    expect((await text('carried-2')).status).toBe(201)
    expect(sentFields()).not.toHaveProperty('conversationProviderId')
  })

  it('When the choice changes in another process, then texts follow it at once', async () => {
    connectionOf(await stage.connectHeymarket())
    await text('carried-3')
    const twin = await startTwinApp(world)
    const choice = await fetch(`${twin.url}/api/providers/chosen`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${stage.admin().token}`, 'Content-Type': 'application/json' },
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
    connectionOf(await stage.connectHeymarket())
    await choose('heymarket')
    const known = world.heymarket.state.apiSecrets.splice(0, 1, { id: 'secret-new', key: 'key-new-of-it' })
    await stage.admin().get('/providers/heymarket/account')
    const calls = world.sandbox.calls.length
    const refused = await text('carried-broken')
    expect(refused).toMatchObject({ status: 422, body: { error: { code: 'rejected' } } })
    expect(refused.body.error.message).toMatch(/Nothing was sent.*Settings/)
    expect(world.sandbox.calls.slice(calls).some(({ path }) => path === '/conversations/messages')).toBe(
      false,
    )
    world.heymarket.state.apiSecrets.splice(0, 1, ...known)
    connectionOf(await stage.connectHeymarket())
    expect((await text('carried-broken')).status).toBe(201)
  })

  it('When a system that is not connected is chosen, then it is refused', async () => {
    expect(await choose('bulksms')).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } })
    expect((await choose('pigeons')).status).toBe(400)
    expect((await stage.admin().put('/providers/pigeons').send({})).status).toBe(404)
  })
})

describe('a test message', () => {
  const testTo = (to: string, key = 'test-1') =>
    stage.admin().post('/providers/bulksms/test-message').set('Idempotency-Key', key).send({ to })

  it('When one is sent, then it goes out once, past the CRM, and is written down without the number', async () => {
    connectionOf(await stage.connectBulksms())
    const sent = world.bulksms.sentTexts().length
    const answer = await testTo(ownPhone)
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'accepted' } })
    expect(world.bulksms.sentTexts()).toHaveLength(sent + 1)
    expect(world.bulksms.sentTexts().at(-1)?.to).toBe(ownPhone.slice(1))
    const { body } = await stage.admin().get('/audit')
    expect(
      body.entries.map((one: { action: string; outcome: string; reference: string }) => one),
    ).toMatchObject([
      { action: 'provider.test', outcome: 'done', reference: 'bulksms' },
      { action: 'provider.connect', outcome: 'done', reference: 'bulksms' },
    ])
    expect(JSON.stringify(body)).not.toContain(ownPhone.slice(1))
  })

  it('When it is asked for twice by the same key, at once or later, then it goes out once', async () => {
    connectionOf(await stage.connectBulksms())
    const sent = world.bulksms.sentTexts().length
    world.bulksms.faults.add({ method: 'POST', path: '/messages', delayMs: 200 })
    const [one, other] = await Promise.all([testTo(ownPhone), testTo(ownPhone)])
    expect([one.body.outcome, other.body.outcome].sort()).toEqual(['accepted', 'unknown'])
    expect((await testTo(ownPhone)).body).toMatchObject({ outcome: 'accepted' })
    expect(world.bulksms.sentTexts()).toHaveLength(sent + 1)

    expect((await testTo(ownPhone, 'test-2')).body).toMatchObject({ outcome: 'accepted' })
    expect(world.bulksms.sentTexts()).toHaveLength(sent + 2)
    const bare = await stage.admin().post('/providers/bulksms/test-message').send({ to: ownPhone })
    expect(bare).toMatchObject({ status: 400, body: { error: { code: 'validation' } } })
  })

  it('When it provably was not sent, then the same key may be tried again', async () => {
    connectionOf(await stage.connectBulksms())
    world.bulksms.faults.add({ method: 'POST', path: '/messages', status: 429, times: 1 })
    expect((await testTo(ownPhone)).status).toBe(503)
    expect((await testTo(ownPhone)).body).toMatchObject({ outcome: 'accepted' })
  })

  it('When the credentials cannot be opened, then nothing was begun, and the same key sends it once they can', async () => {
    connectionOf(await stage.connectBulksms())
    const sent = world.bulksms.sentTexts().length
    const swap = async (credentials: unknown) => {
      const [before] = await stage.rows()
      await world.database.db.execute(sql`update provider_connections set credentials = ${credentials}`)
      return before?.['credentials']
    }
    const sealed = await swap('not-what-was-sealed')
    expect((await testTo(ownPhone)).body).toHaveProperty('error')
    await swap(sealed)
    expect((await testTo(ownPhone)).body).toMatchObject({ outcome: 'accepted' })
    expect(world.bulksms.sentTexts()).toHaveLength(sent + 1)
  })

  it('When the account has no credits, then the connection is broken and says what to do', async () => {
    connectionOf(await stage.connectBulksms())
    world.bulksms.state.credits = 0
    const answer = await testTo(ownPhone)
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'refused' } })
    expect(await stage.providerOf('bulksms')).toMatchObject({
      isBroken: true,
      connection: { lastError: { whatToDo: expect.stringContaining('credits') } },
    })
    world.bulksms.state.credits = 500
    expect(connectionOf(await stage.changeBulksms({}))).toMatchObject({ status: 'active', lastError: null })
  })

  it('When the number is no E.164 or has opted out, then nothing is sent', async () => {
    connectionOf(await stage.connectBulksms())
    const sent = world.bulksms.sentTexts().length
    const wrong = await testTo('3125550177')
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'validation' } } })
    await world.database.db.execute(
      sql`insert into opt_outs (location_id, phone, source, is_opted_out, at) values (${location.main}, ${ownPhone}, 'bulksms', true, now())`,
    )
    const optedOut = await testTo(ownPhone)
    expect(optedOut.body).toMatchObject({ outcome: 'refused', message: expect.stringContaining('opted out') })
    expect(world.bulksms.sentTexts()).toHaveLength(sent)
    await world.database.db.execute(sql`truncate opt_outs`)
  })
})
