import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'
import { createSandboxClient, installApp, type SandboxClient } from './sandbox-client.ts'

let sandbox: Sandbox
let call: SandboxClient
let token: string
let companyToken: string

const { main, foreign } = seedIds.location
const { maya, jonas, dndSms, dndPermanent, dndGlobal, noPhone, unsubscribed } = seedIds.contact
const contactPath = `/contacts/${maya}`

beforeAll(async () => {
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small' })
  call = createSandboxClient(sandbox)
  token = (await installApp(sandbox)).accessToken
  companyToken = (await installApp(sandbox, 'company')).accessToken
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.clock.advance(11_000))

describe('headers and tokens', () => {
  test('When Version is missing, then 401 says so', async () => {
    const { status, body } = await call('GET', contactPath, { token, version: null })
    expect(status).toBe(401)
    expect(body).toMatchObject({ message: 'version header was not found.' })
  })

  test('When Version is unknown, then 401', async () => {
    expect(await call('GET', contactPath, { token, version: '1999-01-01' })).toMatchObject({ status: 401 })
  })

  test('When the token is garbled, then 401 "Invalid JWT"', async () => {
    const { status, body } = await call('GET', contactPath, { token: `${token}x` })
    expect([status, body['message']]).toEqual([401, 'Invalid JWT'])
  })

  test('When the token has expired, then 401 "access token is invalid"', async () => {
    const old = (await installApp(sandbox)).accessToken
    sandbox.clock.advance(24 * 3600 * 1000)
    const { status, body } = await call('GET', contactPath, { token: old })
    expect([status, body['message']]).toEqual([401, 'Invalid token: access token is invalid'])
    token = (await installApp(sandbox)).accessToken
    companyToken = (await installApp(sandbox, 'company')).accessToken
  })

  test('When the scope was not granted, then 401 in the words that forbid a refresh', async () => {
    const { accessToken } = await installApp(sandbox, 'location', 'contacts.readonly')
    const { status, body } = await call('POST', `${contactPath}/tags`, {
      token: accessToken,
      json: { tags: ['x'] },
    })
    expect([status, body['message']]).toEqual([401, 'The token is not authorized for this scope.'])
  })

  test('When a Company token comes to a contact, then 401 about the class', async () => {
    const { status, body } = await call('GET', contactPath, { token: companyToken })
    expect(status).toBe(401)
    expect(body['message']).toMatch(/authClass type is not allowed/)
  })

  test('When the location is another one, then 403', async () => {
    const noAccess = [403, 'The token does not have access to this location.']
    const one = await call('GET', `/locations/${foreign}`, { token })
    const other = await call('GET', `/contacts/${seedIds.contact.berlin}`, { token })
    expect([one.status, one.body['message']]).toEqual(noAccess)
    expect([other.status, other.body['message']]).toEqual(noAccess)
  })

  test('When a path does not exist, then 401 of the IAM service', async () => {
    const { status, body } = await call('GET', '/contacts/x/nothing', { token })
    expect([status, body['message']]).toEqual([401, 'This route is not yet supported by the IAM Service.'])
  })
})

describe('bodies', () => {
  test('When a field is unknown, then 422 names it', async () => {
    const json = { type: 'SMS', contactId: maya, message: 'Hi', locationId: main, userId: 'x' }
    const { status, body } = await call('POST', '/conversations/messages', { token, json })
    expect(status).toBe(422)
    expect(body['message']).toEqual([
      'property locationId should not exist',
      'property userId should not exist',
    ])
  })

  test('When a task lacks what is required, then 422 lists it', async () => {
    const { status, body } = await call('POST', `${contactPath}/tasks`, {
      token,
      json: { dueDate: 'tomorrow' },
    })
    expect(status).toBe(422)
    expect(body['message']).toHaveLength(3)
  })

  test('When the content type is wrong, then 415', async () => {
    const options = { token, json: { tags: ['x'] }, headers: { 'content-type': 'text/plain' } }
    expect(await call('POST', `${contactPath}/tags`, options)).toMatchObject({ status: 415 })
  })

  test('When tags are added, then they are lower-cased and known to the location', async () => {
    const { body } = await call('POST', `${contactPath}/tags`, {
      token,
      json: { tags: [' Summer SALE ', 'VIP'] },
    })
    expect(body['tags']).toEqual(['vip', 'newsletter', 'summer sale'])
    const list = await call('GET', `/locations/${main}/tags`, { token })
    expect(list.body['tags']).toContainEqual(expect.objectContaining({ name: 'summer sale' }))
  })
})

describe('search', () => {
  const search = (json: object) =>
    call('POST', '/contacts/search', { token, json: { locationId: main, ...json } })

  test.each([
    ['no pageLimit', {}],
    ['a query of 76 characters', { pageLimit: 5, query: 'x'.repeat(76) }],
    ['page and searchAfter together', { pageLimit: 5, page: 1, searchAfter: [1, 'x'] }],
    ['an unknown field', { pageLimit: 5, filters: [{ field: 'shoeSize', operator: 'eq', value: 4 }] }],
    ['an unknown operator', { pageLimit: 5, filters: [{ field: 'tags', operator: 'like', value: 'x' }] }],
    ['a sort by nothing known', { pageLimit: 5, sort: [{ field: 'shoeSize', direction: 'asc' }] }],
  ])('When the search has %s, then 422', async (_case, json) => {
    expect(await search(json)).toMatchObject({ status: 422 })
  })

  test('When pages are read by searchAfter, then each contact comes once', async () => {
    const seen: unknown[] = []
    let searchAfter: unknown
    do {
      const { body } = await search({ pageLimit: 4, ...(searchAfter ? { searchAfter } : {}) })
      const contacts = body['contacts'] as { id: string; searchAfter: unknown }[]
      seen.push(...contacts.map(({ id }) => id))
      searchAfter = contacts.at(-1)?.searchAfter
    } while (searchAfter)
    const expected = sandbox.state.contacts
      .filter(({ locationId }) => locationId === main)
      .map(({ id }) => id)
    expect(seen.toSorted()).toEqual(expected.toSorted())
  })

  test('When filters are grouped, then OR and AND hold', async () => {
    const either = [
      { field: 'tags', operator: 'eq', value: 'hot lead' },
      { field: 'id', operator: 'eq', value: noPhone },
    ]
    const { body } = await search({
      pageLimit: 5,
      filters: [
        { group: 'OR', filters: either },
        { field: 'phone', operator: 'not_exists' },
      ],
    })
    expect((body['contacts'] as { id: string }[]).map(({ id }) => id)).toEqual([noPhone])
  })

  test('When contacts are found, then the settings of do-not-disturb are not among the fields', async () => {
    const { body } = await search({ pageLimit: 1, query: 'herrera' })
    expect(JSON.stringify(body)).not.toContain('dndSettings')
  })
})

describe('rate limit', () => {
  test('When 100 requests were made within 10 s, then 429 with the headers, until the window has passed', async () => {
    sandbox.clock.advance(20_000)
    for (let count = 0; count < 100; count += 1) await call('GET', contactPath, { token })
    const refused = await call('GET', contactPath, { token })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('x-ratelimit-max')).toBe('100')
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(refused.headers.get('x-ratelimit-interval-milliseconds')).toBe('10000')
    expect(refused.headers.get('x-ratelimit-limit-daily')).toBe('200000')
    expect(refused.headers.get('x-ratelimit-daily-remaining')).not.toBeNull()
    expect(refused.headers.get('retry-after')).toBeNull()
    sandbox.clock.advance(10_000)
    expect(await call('GET', contactPath, { token })).toMatchObject({ status: 200 })
  })
})

describe('texts', () => {
  const text = (contactId: string, json: object = {}) =>
    call('POST', '/conversations/messages', {
      token,
      json: { type: 'SMS', contactId, message: 'Hello there', ...json },
    })

  test.each([
    [dndSms, 'Cannot send message as DND is active for SMS.'],
    [dndPermanent, 'Cannot send message as DND is active for SMS.'],
    [dndGlobal, 'Cannot send message as DND is active'],
    [noPhone, 'Missing phone number'],
    [unsubscribed, 'Cannot send message as +13035550199 has unsubscribed'],
  ])('When %s may not be texted, then 400 "%s" and no message', async (contactId, message) => {
    const before = sandbox.state.messages.length
    const { status, body } = await text(contactId)
    expect([status, body['message']]).toEqual([400, message])
    expect(sandbox.state.messages).toHaveLength(before)
  })

  test('When a text is sent, then it goes from pending to sent to delivered, with an event for each', async () => {
    const { body } = await text(maya)
    const told = () =>
      sandbox
        .events()
        .filter((event) => event['messageId'] === body['messageId'])
        .map((event) => event['status'])
    expect(told()).toEqual(['pending'])
    await sandbox.settle()
    expect(told()).toEqual(['pending', 'sent', 'delivered'])
  })

  test.each([
    [seedIds.contact.failing, 'failed'],
    [seedIds.contact.undelivered, 'undelivered'],
  ])('When the number of %s does not work, then the text ends as %s', async (contactId, last) => {
    const { body } = await text(contactId)
    await sandbox.settle()
    expect(sandbox.state.messages.find(({ id }) => id === body['messageId'])).toMatchObject({ status: last })
  })

  test('When a time is given, then in seconds; the text leaves at that time, unless cancelled', async () => {
    const inOneHour = sandbox.clock.now() / 1000 + 3600
    expect(await text(maya, { scheduledTimestamp: inOneHour * 1000 })).toMatchObject({ status: 422 })
    const kept = (await text(maya, { scheduledTimestamp: inOneHour })).body['messageId']
    const cancelled = (await text(maya, { scheduledTimestamp: inOneHour })).body['messageId']
    const cancel = await call('DELETE', `/conversations/messages/${cancelled}/schedule`, { token })
    expect(cancel.status).toBe(200)
    await sandbox.settle()
    expect(sandbox.state.messages.find(({ id }) => id === kept)).toMatchObject({ status: 'scheduled' })
    sandbox.clock.advance(3600_000)
    await sandbox.settle()
    expect(sandbox.state.messages.find(({ id }) => id === kept)).toMatchObject({ status: 'delivered' })
    expect(sandbox.state.messages.some(({ id }) => id === cancelled)).toBe(false)
  })

  test('When a contact answers STOP, then texts are refused and an event tells it', async () => {
    sandbox.replyNow(jonas, 'Stop')
    expect(await text(jonas)).toMatchObject({ status: 400 })
    expect(sandbox.events().at(-1)).toMatchObject({ type: 'ContactDndUpdate', id: jonas })
  })

  test('When the sub-account is suspended, then nothing is sent', async () => {
    const location = sandbox.state.locations.find(({ id }) => id === main)
    if (location) location.active = false
    const { status, body } = await text(maya)
    if (location) location.active = true
    expect([status, body['message']]).toEqual([400, 'Location is not active'])
  })
})

describe('faults', () => {
  test('When a connection is reset, then nothing was done; when an answer is lost, then it was', async () => {
    const tag = () => call('POST', `/contacts/${jonas}/tags`, { token, json: { tags: ['lost'] } })
    const tags = () => sandbox.state.contacts.find(({ id }) => id === jonas)?.tags
    sandbox.faults.add({ path: '/contacts/:contactId/tags', reset: true })
    await expect(tag()).rejects.toThrow('fetch failed')
    expect(tags()).not.toContain('lost')
    sandbox.faults.add({ path: '/contacts/:contactId/tags', loseAnswer: true })
    await expect(tag()).rejects.toThrow('fetch failed')
    expect(tags()).toContain('lost')
  })

  test('When a status was ordered twice, then it comes twice and is in the record', async () => {
    const fault = sandbox.faults.add({ method: 'GET', path: contactPath, times: 2, status: 503 })
    const statuses = [await call('GET', contactPath, { token }), await call('GET', contactPath, { token })]
    expect(statuses.map(({ status }) => status)).toEqual([503, 503])
    expect(await call('GET', contactPath, { token })).toMatchObject({ status: 200 })
    expect(fault.hits()).toBe(2)
    expect(sandbox.calls.at(-1)).toMatchObject({
      status: 200,
      version: '2021-07-28',
      tokenOwner: `location:${main}`,
    })
  })
})
