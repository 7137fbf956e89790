import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type ApiClient, everyPage } from '../support/every-page.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user, location } = seedIds
type Listed = { id: string; name: string; tags: string[] }

describe('contacts', () => {
  let world: World
  let rep: ApiClient
  let restricted: ApiClient

  beforeAll(async () => {
    world = await startWorld({
      seed: 'full',
      behaviour: { rateLimit: { max: 1000, intervalMs: 10_000, perDay: 200_000 } },
    })
    await world.installed()
    rep = await world.as()
    restricted = await world.as(user.restricted)
  })
  afterAll(() => world.close())
  beforeEach(() => world.sandbox.faults.clear())

  it('When a part of a name is searched, then the contacts with it are found with their names as written', async () => {
    const answer = await rep.get('/contacts?query=okaf')
    expect(answer.status).toBe(200)
    expect(answer.body.contacts).toContainEqual({
      id: contact.maya,
      name: 'Maya Okafor',
      firstName: 'Maya',
      lastName: 'Okafor',
      email: 'maya.okafor@example.com',
      phone: '+13125550142',
      phoneDisplay: '(312) 555-0142',
      tags: ['vip', 'newsletter'],
      dnd: false,
      assignedTo: user.rep,
    })
  })

  it('When the list is paged, then every contact of the location comes once and no other', async () => {
    const listed = await everyPage(rep, '/contacts?limit=30', 'contacts')
    const expected = world.sandbox.state.contacts.filter(({ locationId }) => locationId === location.main)
    expect(listed.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort())
  })

  it('When a tag is asked for, then only contacts with it are listed', async () => {
    const answer = await rep.get('/contacts?tag=VIP&limit=100')
    const listed: Listed[] = answer.body.contacts
    expect(listed.length).toBeGreaterThan(0)
    expect(listed.every(({ tags }) => tags.includes('vip'))).toBe(true)
  })

  it('When parameters are empty, then they count as absent', async () => {
    const answer = await rep.get('/contacts?query=&tag=&limit=&cursor=')
    expect([answer.status, answer.body.contacts.length]).toEqual([200, 25])
  })

  it('When nothing matches, then the list is empty and ends', async () => {
    const answer = await rep.get('/contacts?query=nobody-of-this-name')
    expect(answer.body).toEqual({ contacts: [], nextCursor: null })
  })

  it('When a restricted user lists or searches, then only their own contacts are there', async () => {
    const listed = await everyPage(restricted, '/contacts?limit=10', 'contacts')
    expect(listed.length).toBeGreaterThan(5)
    expect(listed.every(({ assignedTo }) => assignedTo === user.restricted)).toBe(true)
    const searched = await restricted.get('/contacts?query=okafor')
    expect(
      searched.body.contacts.every((found: { assignedTo: string }) => found.assignedTo === user.restricted),
    ).toBe(true)
  })

  it('When a contact is opened, then its details are there', async () => {
    const answer = await rep.get(`/contacts/${contact.maya}`)
    expect(answer.body.contact).toMatchObject({
      id: contact.maya,
      name: 'Maya Okafor',
      companyName: 'Blue Finch Studio',
      timezone: 'America/Chicago',
      assignedTo: user.rep,
      smsDnd: { blocked: false, status: 'inactive', reason: null },
      customFields: expect.any(Array),
    })
  })

  it.each([
    [contact.dndSms, { blocked: true, status: 'active', reason: 'STOP received' }],
    [contact.dndPermanent, { blocked: true, status: 'permanent', reason: 'Set by the carrier' }],
    [contact.dndGlobal, { blocked: true, status: 'inactive', reason: null }],
  ])('When contact %s is on do-not-disturb, then the details say how', async (contactId, smsDnd) => {
    const answer = await rep.get(`/contacts/${contactId}`)
    expect(answer.body.contact.smsDnd).toEqual(smsDnd)
  })

  it('When a contact has only an e-mail, then that is its name', async () => {
    const answer = await rep.get(`/contacts/${contact.nameless}`)
    expect(answer.body.contact.name).toMatch(/example\.com$/)
  })

  it.each([
    ['another location', contact.berlin],
    ['another company', contact.foreign],
    ['nobody', 'conNobodyAtAll000001'],
    ['a shape that is no id', '%27%20or%201=1'],
  ])('When the contact is of %s, then it is not found', async (_name, contactId) => {
    const answer = await rep.get(`/contacts/${contactId}`)
    expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found'])
  })

  it('When a restricted user opens a colleague’s contact, then every route of it is forbidden', async () => {
    const base = `/contacts/${contact.maya}`
    const task = { title: 'Call', dueDate: '2026-12-01T09:00:00Z' }
    const before = structuredClone(world.sandbox.state)
    const answers = await Promise.all([
      restricted.get(base),
      restricted.get(`${base}/timeline`),
      restricted.post(`${base}/tags`).send({ tags: ['mine'] }),
      restricted.delete(`${base}/tags`).send({ tags: ['vip'] }),
      restricted.get(`${base}/tasks`),
      restricted.post(`${base}/tasks`).send(task),
      restricted.put(`${base}/tasks/taskAny000000000001`).send(task),
      restricted.put(`${base}/tasks/taskAny000000000001/completed`).send({ completed: true }),
      restricted.delete(`${base}/tasks/taskAny000000000001`),
      restricted.get(`${base}/notes`),
      restricted.post(`${base}/notes`).send({ body: 'Mine' }),
      restricted.put(`${base}/notes/noteAny000000000001`).send({ body: 'Mine' }),
      restricted.delete(`${base}/notes/noteAny000000000001`),
    ])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403))
    expect(world.sandbox.state).toEqual(before)
  })

  it('When what is only shown of a contact or conversation cannot be read, then the rest is shown', async () => {
    const odd = {
      id: contact.maya,
      tags: ['vip', 5],
      source: 3,
      customFields: {},
      dndSettings: [],
      dateAdded: 'x',
    }
    const get = { method: 'GET', path: '/contacts/:contactId', status: 200 }
    world.sandbox.faults.add({ ...get, body: { contact: odd } })
    const shown = await rep.get(`/contacts/${contact.maya}`)
    expect(shown.body.contact).toMatchObject({
      id: contact.maya,
      tags: ['vip'],
      source: null,
      customFields: [],
    })

    world.sandbox.faults.add({
      ...get,
      body: { contact: { ...odd, dnd: 'yes', dndSettings: { SMS: 'on' } } },
    })
    const blocked = await rep.get(`/contacts/${contact.maya}`)
    expect(blocked.body.contact.smsDnd).toMatchObject({ blocked: true })

    const conversation = { id: 'c1', contactId: contact.maya, unreadCount: 'two', lastMessageDate: 9e15 }
    const body = { conversations: [conversation], total: 'one' }
    world.sandbox.faults.add({ path: '/conversations/search', status: 200, body })
    const recent = await rep.get('/conversations')
    expect(recent.body.conversations).toMatchObject([{ contactId: contact.maya, unreadCount: 0 }])
  })

  it.each(['/contacts', '/conversations'])(
    'When the platform does not allow to search %s, then that is forbidden rather than missing',
    async (path) => {
      const body = { message: 'The token does not have access to this location.' }
      world.sandbox.faults.add({ path: `${path}/search`, status: 403, body })
      expect((await rep.get(path)).body).toMatchObject({ error: { code: 'forbidden' } })
    },
  )

  it.each([
    '/contacts?limit=0',
    '/contacts?limit=101',
    '/contacts?limit=ten',
    `/contacts?query=${'x'.repeat(76)}`,
    '/contacts?cursor=not-one-of-ours',
    `/contacts/${contact.maya}/timeline?cursor=eyJhIjoxfQ`,
    '/conversations?limit=-1',
    '/conversations?cursor=bm8',
  ])('When %s is asked for, then it is refused', async (path) => {
    const answer = await rep.get(path)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
  })

  it('When the pickers are asked, then they offer what the location has', async () => {
    const [tags, users, numbers] = await Promise.all([
      rep.get('/tags'),
      rep.get('/users'),
      rep.get('/phone-numbers'),
    ])
    expect(tags.body.tags).toContainEqual({ id: expect.any(String), name: 'vip' })
    expect(users.body.users.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining([user.admin, user.rep, user.restricted]),
    )
    expect(users.body.users.map(({ id }: { id: string }) => id)).not.toContain(user.deleted)
    expect(numbers.body.phoneNumbers).toContainEqual({
      number: '+12125550110',
      name: 'Front desk',
      isDefault: true,
    })
  })

  it('When the platform fails a read once, then the user notices nothing', async () => {
    world.sandbox.faults.add({ method: 'GET', path: '/contacts/:contactId', status: 503, times: 1 })
    expect((await rep.get(`/contacts/${contact.maya}`)).status).toBe(200)
  })

  it.each([
    ['fails for good', { status: 500 }, 502, 'upstream_failed'],
    ['resets every connection', { reset: true }, 503, 'upstream_unavailable'],
    ['answers garbage', { malformed: true }, 502, 'upstream_failed'],
  ])('When the platform %s, then it is said in our words', async (_name, fault, status, code) => {
    world.sandbox.faults.add({ method: 'GET', path: '/contacts/:contactId', times: 10, ...fault })
    const answer = await rep.get(`/contacts/${contact.maya}`)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(answer.body.error.requestId).toBe(answer.headers['x-request-id'])
  })
})
