import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds

const ownKey = generateKeyPairSync('ed25519')
const newKey = generateKeyPairSync('ed25519')
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pemOf = ({ publicKey }: { publicKey: KeyObject }) =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString()

let world: World
/** With keys of the test's own. */
let second: World
beforeAll(async () => {
  world = await startWorld()
  await world.installed()
  second = await startWorld({
    settings: {
      WEBHOOK_SIGNATURE_PUBLIC_KEY: pemOf(ownKey) + pemOf(newKey),
      WEBHOOK_PUBLIC_KEY: pemOf(rsaKey),
    },
  })
})
afterAll(async () => {
  await world.close()
  await second.close()
})

async function postSigned(to: World, body: string, headers: Record<string, string>): Promise<number> {
  const url = `${to.publicUrl}/webhooks/highlevel`
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }
  return (await fetch(url, init)).status
}

const rowsOf = async (type: string) =>
  (await world.database.db.execute(sql`select * from webhook_events where type = ${type} order by id`)).rows
const event = (type: string, fields: object = {}) => ({ type, locationId: location.main, ...fields })
const outboundUrl = () => `${world.publicUrl}/webhooks/outbound-messages`

describe('webhooks', () => {
  it('When a signed event comes, then it is stored before it is answered, and worked on', async () => {
    const { status } = await world.sandbox.sendWebhook(event('ContactUpdate', { id: 'contact-1' }))
    expect(status).toBe(200)
    const [row] = await rowsOf('ContactUpdate')
    expect(row).toMatchObject({ location_id: location.main, payload: { id: 'contact-1' } })
    await vi.waitFor(
      async () => expect((await rowsOf('ContactUpdate'))[0]?.['processed_at']).not.toBeNull(),
      5_000,
    )
  })

  it('When work on it fails, then a job does it later, and the log tells of whose request that was', async () => {
    const { pool } = world.database
    await pool.query('alter table location_events rename to location_events_away')
    try {
      await world.sandbox.sendWebhook(event('NoteCreate', { id: 'note-1', contactId: 'contact-1' }))
      await vi.waitFor(() => expect(world.recorder.logs.join()).toContain('tried again by a job'), 5_000)
    } finally {
      await pool.query('alter table location_events_away rename to location_events')
    }
    await vi.waitFor(
      async () => expect((await rowsOf('NoteCreate'))[0]?.['processed_at']).not.toBeNull(),
      10_000,
    )
    const lines = world.recorder.logs.map((line): Record<string, unknown> => JSON.parse(line))
    const failure = lines.find(({ msg }) => String(msg).includes('tried again by a job'))
    const request = lines.find(
      ({ requestId, path }) => requestId === failure?.['requestId'] && path === '/webhooks/highlevel',
    )
    expect(request).toBeDefined()
  })

  it.each(['none', 'N/A', 'foreign'] as const)(
    'When the signature is %s, then it is refused and not stored',
    async (signature) => {
      const { status } = await world.sandbox.sendWebhook(event('Unsigned'), { signature })
      expect(status).toBe(401)
      expect(await rowsOf('Unsigned')).toEqual([])
    },
  )

  it('When a text is posted for a sub-account without the app, then it is acknowledged and not kept', async () => {
    const posted = { locationId: location.kolkata, messageId: 'elsewhere-1', message: 'Nobody keeps this.' }
    const { status } = await world.sandbox.sendWebhook({ type: 'SMS', ...posted }, { url: outboundUrl() })
    expect(status).toBe(200)
    expect(await rowsOf('ProviderOutboundMessage')).toEqual([])
  })

  it('When a byte was changed after it was signed, then it is refused', async () => {
    expect((await world.sandbox.sendWebhook(event('Tampered'), { tampered: true })).status).toBe(401)
    expect(await rowsOf('Tampered')).toEqual([])
  })

  it('When the very bytes are signed, then their spacing does not matter', async () => {
    expect((await world.sandbox.sendWebhook(event('Respaced'), { respaced: true })).status).toBe(200)
    expect(await rowsOf('Respaced')).toHaveLength(1)
  })

  /** Parsed and serialised again, eight of these have other bytes: only the very bytes that came may be checked. */
  const byteForms: [string, (id: string) => string][] = [
    ['compact', (id) => `{"type":"Form","locationId":"${location.main}","webhookId":"${id}"}`],
    ['spaced', (id) => `{ "type": "Form",\n\t"locationId": "${location.main}", "webhookId": "${id}" }`],
    ['with escaped letters', (id) => `{"type":"F\\u006frm","name":"Zo\\u00eb","webhookId":"${id}"}`],
    ['with escaped slashes', (id) => `{"type":"Form","url":"https:\\/\\/crm.example","webhookId":"${id}"}`],
    ['with 1.0', (id) => `{"type":"Form","amount":1.0,"webhookId":"${id}"}`],
    ['with a big integer', (id) => `{"type":"Form","count":12345678901234567890,"webhookId":"${id}"}`],
    ['with integer-like keys', (id) => `{"type":"Form","2":"b","1":"a","webhookId":"${id}"}`],
    ['with a key twice', (id) => `{"type":"Form","a":1,"a":2,"webhookId":"${id}"}`],
    ['with a newline at its end', (id) => `{"type":"Form","webhookId":"${id}"}\n`],
    ['with letters beyond ASCII', (id) => `{"type":"Form","name":"Zoë 😀","webhookId":"${id}"}`],
  ]
  it.each(byteForms)(
    'When a body is %s, then it is taken as signed, and no other way',
    async (_form, write) => {
      const rawBody = write(randomUUID())
      const before = (await rowsOf('Form')).length
      const other = write(randomUUID())
      const send = (body: string, options: object = {}) =>
        world.sandbox.sendWebhook(event('Form'), { rawBody: body, ...options })
      expect((await send(other, { tampered: true })).status).toBe(401)
      expect((await send(other, { signature: 'foreign' })).status).toBe(401)
      expect((await send(rawBody)).status).toBe(200)
      expect(await rowsOf('Form')).toHaveLength(before + 1)
    },
  )

  it('When a body was signed and its bytes were written anew or cut, then it is refused', async () => {
    const signed = '{"type": "Rewritten", "webhookId": "rewritten-1"}'
    const signature = sign(null, Buffer.from(signed), ownKey.privateKey).toString('base64')
    for (const sent of [JSON.stringify(JSON.parse(signed)), signed.slice(0, -1), `${signed} `]) {
      const refused = await postSigned(second, sent, { 'x-ghl-signature': signature })
      expect(refused).toBe(401)
    }
    expect(await postSigned(second, signed, { 'x-ghl-signature': signature })).toBe(200)
  })

  it('When keys are rotated, then the old and the new one count, and the retired header only where it is set', async () => {
    const body = JSON.stringify({ type: 'Rotated' })
    const by = (key: KeyObject, digest: string | null) =>
      sign(digest, Buffer.from(body), key).toString('base64')
    expect(await postSigned(second, body, { 'x-ghl-signature': by(ownKey.privateKey, null) })).toBe(200)
    expect(await postSigned(second, body, { 'x-ghl-signature': by(newKey.privateKey, null) })).toBe(200)
    expect(await postSigned(second, body, { 'x-wh-signature': by(rsaKey.privateKey, 'sha256') })).toBe(200)
    expect(await postSigned(world, body, { 'x-wh-signature': by(rsaKey.privateKey, 'sha256') })).toBe(401)
  })

  it('When the app is not installed in the location, then the event is acknowledged and nothing is kept', async () => {
    const elsewhere = { type: 'Elsewhere', locationId: location.kolkata }
    expect((await world.sandbox.sendWebhook(elsewhere)).status).toBe(200)
    expect(await rowsOf('Elsewhere')).toEqual([])
  })

  it('When events are a month old, then they are forgotten with all that they held', async () => {
    await world.sandbox.sendWebhook(event('Old', { body: 'Nobody reads this any more.' }))
    await world.database.db.execute(
      sql`update webhook_events set received_at = received_at - interval '31 days' where type = 'Old'`,
    )
    await world.sendJob('prune-ledgers', {})
    await expect.poll(() => rowsOf('Old'), { timeout: 8_000 }).toEqual([])
  })

  it('When the same event comes again, then it is answered 200 and does nothing', async () => {
    expect((await world.sandbox.sendWebhook(event('Repeated'), { copies: 3 })).status).toBe(200)
    expect(await rowsOf('Repeated')).toHaveLength(1)
  })

  it('When an event has no id, then its content tells a repetition', async () => {
    const rawBody = JSON.stringify({ ...event('WithoutId'), timestamp: '2026-11-16T15:00:00.000Z' })
    await world.sandbox.sendWebhook(event('WithoutId'), { rawBody, copies: 2 })
    expect(await rowsOf('WithoutId')).toHaveLength(1)
    await world.sandbox.sendWebhook(event('WithoutId'), { rawBody: rawBody.replace('15:00', '15:01') })
    expect(await rowsOf('WithoutId')).toHaveLength(2)
  })

  it.each(['{"type": "Broken"', '', '[]', '"text"', '5', 'null'])(
    'When a well signed body is %j, then it is wrong',
    async (rawBody) => {
      const { status, answer } = await world.sandbox.sendWebhook(event('Broken'), { rawBody })
      expect(status).toBe(400)
      expect(JSON.parse(answer)).toMatchObject({ error: { code: 'validation' } })
    },
  )

  it('When an event holds what the database cannot, then it is stored all the same', async () => {
    const rawBody =
      '{"type":"OddText","body":"nul \\u0000, half \\ud800, whole \\ud83d\\ude00, slash \\\\u0000"}'
    expect((await world.sandbox.sendWebhook(event('OddText'), { rawBody })).status).toBe(200)
    const [row] = await rowsOf('OddText')
    expect(row?.['payload']).toMatchObject({ body: 'nul \ufffd, half \ufffd, whole 😀, slash \\u0000' })
  })

  it.each(['type', 'locationId', 'companyId', 'webhookId', 'appId'])(
    'When the %s of an event holds what the database cannot, then the event is taken',
    async (field) => {
      const rawBody = JSON.stringify({ ...event('OddEnvelope'), [field]: `\0${field}\ud800` })
      expect((await world.sandbox.sendWebhook(event('OddEnvelope'), { rawBody })).status).toBe(200)
    },
  )

  it.each([-1e14, 1e15, 1e17, '+012345-01-01T00:00:00Z'])(
    'When an event says that it happened at %j, then it is taken without a time',
    async (timestamp) => {
      const type = `OddTime ${timestamp}`
      expect((await world.sandbox.sendWebhook(event(type, { timestamp }))).status).toBe(200)
      expect(await rowsOf(type)).toMatchObject([{ event_at: null }])
    },
  )

  it('When the type or the location is unknown, then it is taken', async () => {
    expect((await world.sandbox.sendWebhook({ type: 'SomethingNew', locationId: 'nowhere' })).status).toBe(
      200,
    )
    expect((await world.sandbox.sendWebhook({ type: 'INSTALL', locationId: 'nowhere' })).status).toBe(200)
  })

  it('When the event is of another app, then it is acknowledged and ignored', async () => {
    const foreign = event('UNINSTALL', { appId: 'aaaaaaaaaaaaaaaaaaaaaaaa' })
    expect((await world.sandbox.sendWebhook(foreign)).status).toBe(200)
    expect(await rowsOf('UNINSTALL')).toEqual([])
  })

  it('When fields have wrong types, then the event is taken and does no harm', async () => {
    const odd = {
      type: 'UNINSTALL',
      locationId: { $ne: '' },
      companyId: ["' or 1=1 --"],
      timestamp: 'yesterday',
    }
    expect((await world.sandbox.sendWebhook(odd)).status).toBe(200)
    await vi.waitFor(
      async () => expect((await rowsOf('UNINSTALL'))[0]?.['processed_at']).not.toBeNull(),
      5_000,
    )
    expect(await world.signIn(user.rep, location.main)).toBeTruthy()
  })

  it('When a body is larger than allowed, then it is refused', async () => {
    const rawBody = JSON.stringify(event('Huge', { filler: 'x'.repeat(1024 * 1024) }))
    expect((await world.sandbox.sendWebhook(event('Huge'), { rawBody })).status).toBe(413)
  })

  it('When INSTALL carries a white-label domain, then its pages may embed the app', async () => {
    const whitelabel = { companyId: company.harbor, whitelabelDetails: { domain: 'crm.agency.example' } }
    await world.sandbox.sendWebhook(event('INSTALL', whitelabel))
    await vi.waitFor(async () => {
      const page = await world.api.get('/').query({ location_id: location.main })
      expect(page.headers['content-security-policy']).toContain('https://crm.agency.example')
    }, 5_000)
  })

  it('When a provider delivery comes, then the same signature is asked for, and it is kept', async () => {
    const delivery = { type: 'SMS', messageId: 'message-1', contactId: 'contact-1', message: 'Hello' }
    const send = (signature: 'valid' | 'none') =>
      world.sandbox.sendWebhook(delivery, { url: outboundUrl(), signature })
    expect((await send('none')).status).toBe(401)
    expect((await send('valid')).status).toBe(200)
    expect(await rowsOf('ProviderOutboundMessage')).toHaveLength(1)
  })
})
