import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user, location } = seedIds
const dueDate = '2026-12-01T09:00:00Z'

/** What people (and machines) put into text fields. */
const hostileTexts = [
  `Robert'); DROP TABLE message_sends;--`,
  `<script>alert(1)</script><img src=x onerror=alert(1)>`,
  `{{constructor.constructor('return 1')()}} \${7*7} %00 %0d%0aSet-Cookie:x=1`,
  `‮ tfel ot thgir ‬ — ZWJ 👩‍👩‍👧‍👦 𝔘𝔫𝔦 ﷽`,
]

describe('hostile input', () => {
  let world: World
  let rep: Awaited<ReturnType<World['as']>>

  beforeAll(async () => {
    world = await startWorld({ behaviour: { rateLimit: { max: 1000, intervalMs: 10_000, perDay: 200_000 } } })
    await world.installed()
    await world.installed(user.foreignAdmin, location.foreign)
    rep = await world.as()
  })
  afterAll(() => world.close())

  const expectFailure = (
    answer: { status: number; body: { error: { code: string; message: string; requestId: string } } },
    status: number,
    code: string,
  ) => {
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(answer.body.error).toMatchObject({ message: expect.any(String), requestId: expect.any(String) })
    expect(JSON.stringify(answer.body)).not.toMatch(/at .*\.ts:|node_modules|SyntaxError|select |insert /i)
  }

  it.each(hostileTexts)('When %s is written, then it arrives as it is and nothing breaks', async (text) => {
    const base = `/contacts/${contact.maya}`
    const [tag, task, note, message, wrapUp, search] = await Promise.all([
      rep.post(`${base}/tags`).send({ tags: [text] }),
      rep.post(`${base}/tasks`).send({ title: text, body: text, dueDate }),
      rep.post(`${base}/notes`).send({ body: text }),
      rep.post(`${base}/messages`).set('Idempotency-Key', randomUUID()).send({ message: text }),
      rep
        .post(`${base}/wrap-up`)
        .set('Idempotency-Key', randomUUID())
        .send({ note: { body: text } }),
      rep.get('/contacts').query({ query: text.slice(0, 75) }),
    ])
    expect(tag.body.tags).toContain(text.trim().toLowerCase())
    expect(task.body.task).toMatchObject({ title: text, body: text })
    expect(note.body.note.body).toBe(text)
    expect(message.body.message.body).toBe(text)
    expect(wrapUp.body.parts.note).toMatchObject({ ok: true, result: { body: text } })
    expect(search.status).toBe(200)
    const timeline = await rep.get(`${base}/timeline`)
    expect(timeline.headers['content-type']).toMatch(/^application\/json/)
    expect(timeline.headers['x-content-type-options']).toBe('nosniff')
  })

  it.each(['/tags', '/tasks', '/notes', '/messages', '/wrap-up'])(
    'When 300 kB come to %s, then they are refused before anything is done',
    async (path) => {
      // The app asks the platform for things of its own in between; only here somebody would write to the contact.
      const writes = () =>
        world.sandbox.calls.filter(
          ({ method, path: called, body }) =>
            method !== 'GET' && `${called} ${JSON.stringify(body)}`.includes(contact.maya),
        )
      const before = writes().length
      const answer = await rep
        .post(`/contacts/${contact.maya}${path}`)
        .set('Idempotency-Key', randomUUID())
        .send({ body: 'x'.repeat(300_000) })
      expectFailure(answer, 413, 'too_large')
      expect(writes()).toHaveLength(before)
    },
  )

  it.each([
    '/webhooks/highlevel',
    '/webhooks/outbound-messages',
    '/webhooks/providers/bulksms/6d8d0429-3f15-4293-8d0b-38bf1dd5ca06',
    '/api/automations',
  ])('When nobody knows who sends to %s, then it is refused before the body has come', async (path) => {
    const headers = { 'content-type': 'application/json', 'content-length': '200000' }
    const sending = request(world.publicUrl + path, { method: 'POST', headers })
    sending.flushHeaders()
    const [answer] = (await once(sending, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(401)
    sending.destroy()
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('When a body comes as %s, then it is refused', async (type) => {
    const answer = await rep
      .post(`/contacts/${contact.maya}/notes`)
      .set('Content-Type', type)
      .send('body=hello')
    expectFailure(answer, 415, 'unsupported_media_type')
  })

  it.each(['{"body":', 'null', '[]', '"text"', '{"body":{"$ne":null}}', '{"__proto__":{"body":"x"}}', ''])(
    'When the body is %j, then it is refused',
    async (body) => {
      const answer = await rep
        .post(`/contacts/${contact.maya}/notes`)
        .set('Content-Type', 'application/json')
        .send(body)
      expectFailure(answer, 400, 'validation')
    },
  )

  it('When a body or query names another tenant, then it changes nothing', async () => {
    const answer = await rep.post(`/contacts/${contact.maya}/notes?locationId=${location.foreign}`).send({
      body: 'Stays at home',
      locationId: location.foreign,
      companyId: 'other',
      userId: user.foreignAdmin,
    })
    expect([answer.status, answer.body.note.userId]).toEqual([201, user.rep])
  })

  it('When another location’s contact is named on any route, then only our own token reaches the platform', async () => {
    const before = world.sandbox.calls.length
    const state = structuredClone(world.sandbox.state)
    const key = ['Idempotency-Key', randomUUID()] as const
    for (const contactId of [contact.foreign, contact.berlin]) {
      const base = `/contacts/${contactId}`
      const answers = await Promise.all([
        rep.get(base),
        rep.get(`${base}/timeline`),
        rep.get(`${base}/tasks`),
        rep.get(`${base}/notes`),
        rep.post(`${base}/tags`).send({ tags: ['x'] }),
        rep.delete(`${base}/tags`).send({ tags: ['x'] }),
        rep.post(`${base}/tasks`).send({ title: 'x', dueDate }),
        rep.post(`${base}/notes`).send({ body: 'x' }),
        rep
          .post(`${base}/messages`)
          .set(...key)
          .send({ message: 'x' }),
        rep
          .post(`${base}/wrap-up`)
          .set(...key)
          .send({ note: { body: 'x' } }),
      ])
      for (const answer of answers) expectFailure(answer, 404, 'not_found')
    }
    const owners = world.sandbox.calls.slice(before).map(({ tokenOwner }) => tokenOwner)
    expect(owners.length).toBeGreaterThan(0)
    expect(new Set(owners.map((owner) => JSON.stringify(owner))).size).toBe(1)
    expect(JSON.stringify(owners[0])).toContain(location.main)
    expect(world.sandbox.state).toEqual(state)
  })

  it.each([
    ['no token', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['an empty token', 'Bearer '],
    ['garbage', 'Bearer not.a.token'],
    [
      'a token without a signature',
      `Bearer ${jwt.sign({ sub: user.admin, location: location.main }, null, { algorithm: 'none' })}`,
    ],
    ['a token of another key', `Bearer ${jwt.sign({ sub: user.admin }, 'k'.repeat(32), { expiresIn: 60 })}`],
  ])('When a request comes with %s, then it is refused', async (_name, header) => {
    const request = world.api.get('/api/contacts')
    const answer = await (header === undefined ? request : request.set('Authorization', header))
    expectFailure(answer, 401, 'unauthenticated')
  })

  it('When a good token’s payload is changed, then it is refused', async () => {
    const [head = '', payload = '', signature = ''] = rep.token.split('.')
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const forged = Buffer.from(JSON.stringify(Object.assign({}, claims, { location: location.foreign })))
    const token = [head, forged.toString('base64url'), signature].join('.')
    expectFailure(
      await world.api.get('/api/contacts').set('Authorization', `Bearer ${token}`),
      401,
      'unauthenticated',
    )
  })

  it('When a token has expired, then it says so', async () => {
    const { token } = await world.as()
    world.clock.advance(15 * 60_000 + 1000)
    const answer = await world.api.get('/api/contacts').set('Authorization', `Bearer ${token}`)
    expectFailure(answer, 401, 'session_expired')
    rep = await world.as()
  })

  it('When an address does not exist, then it is not found in the envelope', async () => {
    expectFailure(await rep.get('/nothing/here'), 404, 'not_found')
    expectFailure(await rep.put(`/contacts/${contact.maya}`), 404, 'not_found')
    expectFailure(await world.api.get('/assets/nothing.js'), 404, 'not_found')
    expectFailure(
      await world.api.get('/api/contacts/%E0%A4%A').set('Authorization', `Bearer ${rep.token}`),
      400,
      'validation',
    )
  })

  it.each(['%00', '%27%20or%201=1', 'x'.repeat(5000), '%F0%9F%98%80'])(
    'When the page is asked for location %s, then it shows with the usual origins',
    async (id) => {
      for (const path of ['/', '/api/tags', '/healthz', '/webhooks/highlevel', '/oauth/callback']) {
        expect((await world.api.get(`${path}?location_id=${id}`)).status).toBeLessThan(500)
      }
      const page = await world.api.get(`/?location_id=${id}`)
      expect(page.headers['content-security-policy']).toBe(
        (await world.api.get('/')).headers['content-security-policy'],
      )
    },
  )

  it('When pages and answers are sent, then their headers protect them', async () => {
    const page = await world.api.get('/')
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain('unsafe-inline')
    expect(policy).toMatch(/frame-ancestors [^;]*https:\/\/\*\.gohighlevel\.com/)
    expect(policy).toContain(world.sandbox.origin)
    expect(page.headers['x-frame-options']).toBeUndefined()
    expect(page.headers['x-powered-by']).toBeUndefined()
    const api = await rep.get('/tags')
    expect(api.headers['cache-control']).toBe('no-store')
  })
})
