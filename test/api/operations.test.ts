import { Agent, request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { usualRateLimits } from '../../server/rate-limit.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location } = seedIds

type Line = Record<string, unknown>

/** The lines of the log that belong to one request. */
const linesOf = (world: World, requestId: string | undefined): Line[] =>
  world.recorder.logs
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line['requestId'] === requestId)

describe('operations', () => {
  let world: World
  let rep: Awaited<ReturnType<World['as']>>

  beforeAll(async () => {
    world = await startWorld()
    await world.installed()
    rep = await world.as()
  })
  afterAll(() => world.close())

  describe('logs', () => {
    it('When a request is answered, then one line tells it, under the id of its answer', async () => {
      const { headers } = await rep.get(`/contacts/${contact.maya}?phone=13125550142`)
      const lines = () => linesOf(world, headers['x-request-id'])
      await expect.poll(lines).toHaveLength(1)
      expect(lines()).toMatchObject([
        {
          level: 30,
          msg: 'request',
          method: 'GET',
          path: expect.stringMatching(/^\/api\/contacts\/conMaya[^?]*$/),
          status: 200,
        },
      ])
    })

    it.each([
      ['/api/contacts', 401, 'unauthenticated', 30],
      ['/api/nowhere/+13125550142', 401, 'unauthenticated', 30],
      ['/assets/nowhere.js', 404, 'not_found', 30],
    ])('When %s fails, then the same line says why', async (path, status, code, level) => {
      const { headers } = await world.api.get(path)
      const lines = () => linesOf(world, headers['x-request-id'])
      await expect.poll(lines).toHaveLength(1)
      expect(lines()).toMatchObject([{ level, msg: 'request', status, code, err: { type: 'AppError' } }])
    })

    it('When the platform fails us, then the line is an error', async () => {
      world.sandbox.faults.add({ path: '/contacts/:contactId', status: 500, times: 5 })
      const { headers } = await rep.get(`/contacts/${contact.jonas}`)
      world.sandbox.faults.clear()
      const lines = () => linesOf(world, headers['x-request-id'])
      await expect.poll(lines).toHaveLength(1)
      expect(lines()).toMatchObject([{ level: 50, status: 502, code: 'upstream_failed' }])
    })

    it('When health is good, then the log is not filled with it', async () => {
      const { headers } = await world.api.get('/healthz')
      await expect.poll(() => linesOf(world, headers['x-request-id'])).toMatchObject([{ level: 20 }])
    })

    it('When somebody logs what must not be seen, then its value is not written', () => {
      world.logger.info(
        { token: 'tell', deep: { er: { accessToken: 'nobody' } }, contactId: 'c' },
        'careless',
      )
      const line = world.recorder.logs.find((text) => text.includes('careless')) ?? ''
      expect(JSON.parse(line)).toMatchObject({
        token: '[redacted]',
        deep: { er: { accessToken: '[redacted]' } },
        contactId: 'c',
      })
    })

    it('When a request brings an id and no proxy is trusted, then it gets one of ours', async () => {
      const given = 'a-proxy-gave-this-id'
      const { headers } = await world.api.get('/healthz').set('X-Request-Id', given)
      expect(headers['x-request-id']).not.toBe(given)
    })
  })

  describe('security headers', () => {
    const pages = /^default-src 'self';.*frame-ancestors 'self' https/
    const data = /^default-src 'none'; frame-ancestors 'none'$/

    it.each([
      ['/healthz', data],
      ['/readyz', data],
      ['/api/contacts', data],
      ['/API/nowhere', data],
      ['/', pages],
      ['/oauth/install', pages],
      ['/oauth/callback', pages],
      ['/nowhere.js', pages],
      ['/apiary', pages],
    ])('When %s is answered, then it carries those of its kind', async (path, policy) => {
      const { headers } = await world.api.get(path)
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(policy),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-request-id': expect.any(String),
      })
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('x-frame-options')
    })

    it('When a body is too large or a webhook unsigned, then the refusal carries them too', async () => {
      const large = await rep.post(`/contacts/${contact.maya}/notes`).send({ body: 'x'.repeat(300_000) })
      const unsigned = await world.api.post('/webhooks/highlevel').send({ type: 'X' })
      expect([large.status, unsigned.status]).toEqual([413, 401])
      for (const { headers } of [large, unsigned]) expect(headers['x-content-type-options']).toBe('nosniff')
    })
  })

  describe('rate limits', () => {
    const refusal = {
      error: { code: 'rate_limited', message: expect.any(String), requestId: expect.any(String) },
    }

    async function untilRefused(ask: () => PromiseLike<{ status: number }>, atMost: number): Promise<number> {
      for (let asked = 1; asked <= atMost; asked += 1) if ((await ask()).status === 429) return asked
      return Infinity
    }

    it('When one address asks for sessions without end, then it is told to wait, and others are not', async () => {
      const ask = () => world.api.post('/api/session').send({ encryptedData: 'x' })
      const refusedAt = await untilRefused(ask, usualRateLimits.session + 1)
      expect(refusedAt).toBeLessThanOrEqual(usualRateLimits.session + 1)
      expect(refusedAt).toBeGreaterThan(usualRateLimits.session - 20)
      const { status, body, headers } = await ask()
      expect([status, body]).toEqual([429, refusal])
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
      // Whoever has a session is not held up by it.
      expect((await rep.get(`/contacts/${contact.maya}`)).status).toBe(200)
    })

    it('When an address claims to be another one, then it is not believed', async () => {
      const ask = (from: string) =>
        world.api.post('/api/session').set('X-Forwarded-For', from).send({ encryptedData: 'x' })
      expect((await ask('203.0.113.7')).status).toBe(429)
      await expect
        .poll(() => world.recorder.logs.filter((line) => line.includes('set TRUST_PROXY')))
        .toHaveLength(1)
    })

    it('When install links are asked for without end, then that is refused', async () => {
      const ask = () => world.api.get('/oauth/install').redirects(0)
      expect(await untilRefused(ask, usualRateLimits.oauth + 1)).toBeLessThan(Infinity)
      expect((await ask()).body).toEqual(refusal)
    })

    it('When webhooks are forged without end, then those are refused, and signed ones are not', async () => {
      const forge = () => world.api.post('/webhooks/highlevel').send({ type: 'Forged' })
      expect(await untilRefused(forge, usualRateLimits.badWebhooks + 1)).toBeGreaterThan(
        usualRateLimits.badWebhooks - 20,
      )
      expect((await forge()).body).toEqual(refusal)
      const signed = { type: 'ContactUpdate', locationId: location.main, id: contact.maya }
      expect((await world.sandbox.sendWebhook(signed)).status).toBe(200)
    })
  })

  describe('readiness', () => {
    it('When the database does not answer, then it says so in bounded time, and is ready again after', async () => {
      expect((await world.api.get('/readyz')).status).toBe(200)
      const { pool } = world.database
      const held = await Promise.all(Array.from({ length: pool.options.max ?? 10 }, () => pool.connect()))
      try {
        const answers = await Promise.all([world.api.get('/readyz'), world.api.get('/readyz')])
        expect(answers.map(({ status }) => status)).toEqual([503, 503])
        expect(answers[0]?.headers['retry-after']).toBe('1')
        expect((await world.api.get('/healthz')).status).toBe(200)
      } finally {
        for (const client of held) client.release()
      }
      await expect.poll(async () => (await world.api.get('/readyz')).status).toBe(200)
    })
  })
})

describe('behind a proxy', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ settings: { TRUST_PROXY: '1', PUBLIC_URL: 'https://wrapup.example.com' } })
  })
  afterAll(() => world.close())

  it('When the proxy names the request, then a well-formed name is taken over and no other', async () => {
    const answered = async (id: string) =>
      (await world.api.get('/healthz').set('X-Request-Id', id)).headers['x-request-id']
    expect(await answered('req-0123456789abcdef')).toBe('req-0123456789abcdef')
    for (const odd of [
      'short',
      '+13125550142',
      'has a space in the middle',
      'x'.repeat(65),
      '{"json":"of sorts"}',
    ]) {
      expect(await answered(odd)).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it.each(['/healthz', '/', '/api/contacts'])(
    'When the app is reached over https and %s is asked for, then browsers are told to stay with it',
    async (path) => {
      const { headers } = await world.api.get(path)
      expect(headers['strict-transport-security']).toMatch(/max-age=\d{8}/)
    },
  )

  it('When clients share the proxy, then each has limits of its own, and cannot choose another address', async () => {
    const ask = (from: string) =>
      world.api.post('/api/session').set('X-Forwarded-For', from).send({ encryptedData: 'x' })
    for (let n = 0; n < usualRateLimits.session; n += 1) await ask('203.0.113.7')
    expect((await ask('203.0.113.7')).status).toBe(429)
    expect((await ask('198.51.100.1, 203.0.113.7')).status).toBe(429)
    expect((await ask('198.51.100.1')).status).toBe(401)
  })

  it('When the app is told to stop, then it is alive but takes no more, as a waiting connection sees', async () => {
    const agent = new Agent({ keepAlive: true })
    const ask = async (path: string) => {
      const [answer] = await once(httpRequest(world.publicUrl + path, { agent }).end(), 'response')
      answer.resume()
      return answer.statusCode as number
    }
    expect(await ask('/readyz')).toBe(200)
    await world.drain()
    expect([await ask('/readyz'), await ask('/healthz')]).toEqual([503, 200])
    agent.destroy()
  })
})
