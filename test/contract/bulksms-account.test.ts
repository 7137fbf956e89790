import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bulksmsText, type BulksmsStage, startBulksmsStage } from './bulksms-stage.ts'

let stage: BulksmsStage

beforeEach(async () => {
  stage = await startBulksmsStage()
})
afterEach(() => stage.close())

const callsTo = (method: string, path: string | RegExp) =>
  stage.sandbox.calls.filter(
    (call) =>
      call.method === method && (typeof path === 'string' ? call.path === path : path.test(call.path)),
  )

describe('the account', () => {
  it('When credentials are checked, then the profile tells name, credits and senders', async () => {
    expect(await stage.adapter.checkCredentials()).toEqual({
      name: 'harbor-dental',
      credits: 500,
      inboxes: [],
      senders: ['HarborDent', '15105550142'],
    })
  })

  it.each([
    [{ status: 401, body: '' }, 'rejected'],
    [{ status: 429 }, 'rate_limited'],
    [{ status: 500 }, 'upstream_unavailable'],
    [{ reset: true }, 'upstream_unavailable'],
    [{ status: 200, body: '<html>' }, 'upstream_failed'],
    [{ status: 200, body: {} }, 'upstream_failed'],
  ])('When the profile ends with %j, then that is %s', async (fault, code) => {
    stage.sandbox.faults.add({ path: '/profile', ...fault })

    await expect(stage.adapter.checkCredentials()).rejects.toMatchObject({ name: 'AppError', code })
  })
})

describe('reports', () => {
  const sendSome = async (count: number) => {
    const ids: string[] = []
    for (let place = 0; place < count; place += 1) {
      const sent = await stage.adapter.send(bulksmsText())
      if (sent.kind === 'accepted') ids.push(sent.providerMessageId)
    }
    return ids
  }

  it('When few are asked for, then each is read by its id, and one that is unknown (404) is left out', async () => {
    const ids = await sendSome(2)
    await stage.sandbox.settle()
    const since = new Date(stage.clock.now())

    expect(await stage.adapter.readReports({ providerMessageIds: [...ids, '1'], since })).toEqual(
      ids.map((providerMessageId) => ({
        providerMessageId,
        dedupeText: null,
        state: 'delivered',
        raw: 'DELIVERED.null',
        reason: null,
        isOptOut: false,
        at: null,
      })),
    )
  })

  it('When many are asked for, then pages are read on by `id>` although a short page is not the last', async () => {
    stage.sandbox.behaviour.maxPageSize = 4
    stage.clock.advance(60_000)
    const since = new Date(stage.clock.now())
    const ids = await sendSome(14)
    await stage.sandbox.settle()

    const reports = await stage.adapter.readReports({ providerMessageIds: ids, since })

    expect(reports.map(({ providerMessageId }) => providerMessageId)).toEqual(ids)
    expect(callsTo('GET', '/messages').map(({ query }) => query['filter'])).toEqual([
      expect.stringMatching(/^type=SENT&submission\.date>=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      ...[4, 8, 12].map((place) => expect.stringContaining(`&id>${ids[place - 1]}`)),
    ])
  })

  it('When some of many are not there, then reading ends with the empty page', async () => {
    const ids = await sendSome(3)
    const strangers = Array.from({ length: 12 }, (_, place) => String(place + 1))

    const reports = await stage.adapter.readReports({
      providerMessageIds: [...ids, ...strangers],
      since: new Date(stage.clock.now()),
    })

    expect(reports.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted'])
  })
})

describe('opt-outs', () => {
  it('When numbers are blocked, then they are listed with +, and the next time only newer ones', async () => {
    stage.sandbox.block('+15105553344')
    const first = await stage.adapter.listOptOuts(null)
    expect(first.phones).toEqual(['+15105553344'])

    stage.sandbox.receive('+15105553355', 'STOP')
    const second = await stage.adapter.listOptOuts(first.cursor)
    expect(second.phones).toEqual(['+15105553355'])

    expect(await stage.adapter.listOptOuts(second.cursor)).toEqual({ phones: [], cursor: second.cursor })
  })

  it('When the list is long, then it is read on with min-id one above the last', async () => {
    for (let place = 0; place < 12; place += 1) stage.sandbox.block(`+151055533${10 + place}`)
    stage.sandbox.faults.add({
      path: '/blocked-numbers',
      status: 200,
      body: [{ id: 3, phoneNumber: '44123456789' }],
    })

    const { phones } = await stage.adapter.listOptOuts('0')

    expect(phones).toHaveLength(13)
    expect(callsTo('GET', '/blocked-numbers').map(({ query }) => query['min-id'])).toEqual(['0', '4', '246'])
  })

  it('When the answer is one object, as its schema has it, then it counts like a list', async () => {
    stage.sandbox.faults.add({
      path: '/blocked-numbers',
      status: 200,
      body: { id: 3, phoneNumber: '44123456789' },
    })

    expect((await stage.adapter.listOptOuts(null)).phones).toEqual(['+44123456789'])
  })

  it('When a number is blocked from here, then the answer without a body is fine', async () => {
    await stage.adapter.optOut('+15105553344')

    expect(stage.sandbox.state.blocked).toMatchObject([{ phoneNumber: '15105553344' }])
  })

  it('When a block is to be taken back, then there is no call for that', async () => {
    expect(stage.adapter.capabilities.has('optOutUndo')).toBe(false)
    await expect(stage.adapter.optIn('+15105553344')).rejects.toMatchObject({ code: 'rejected' })
    expect(stage.sandbox.calls).toEqual([])
  })
})

describe('webhooks by API', () => {
  const target = () => ({
    url: `${stage.hooks.url}?secret=hook-s3cret`,
    name: 'Wrapup',
    alertEmail: 'ops@example.com',
  })

  it('When they are set up, then there are two, of MANY, each called with an empty list', async () => {
    const ids = await stage.adapter.registerWebhooks(target())

    const shared = {
      url: target().url,
      invokeOption: 'MANY',
      active: true,
      contactEmailAddress: 'ops@example.com',
    }
    expect(stage.sandbox.state.webhooks).toMatchObject([
      { ...shared, id: Number(ids[0]), name: 'Wrapup: status', triggerScope: 'SENT' },
      { ...shared, id: Number(ids[1]), name: 'Wrapup: replies', triggerScope: 'RECEIVED' },
    ])
    expect(stage.hooks.received.map(({ body }) => body.toString())).toEqual(['[]', '[]'])
  })

  it('When they are there already, then nothing is written', async () => {
    const ids = await stage.adapter.registerWebhooks(target())
    stage.sandbox.calls.length = 0

    expect(await stage.adapter.registerWebhooks(target())).toEqual(ids)
    expect(stage.sandbox.calls.map(({ method }) => method)).toEqual(['GET'])
  })

  it('When their address changed or one was switched off, then they are mended by POST, for names are unique', async () => {
    const ids = await stage.adapter.registerWebhooks(target())
    const [first] = stage.sandbox.state.webhooks
    if (first) first.active = false
    const url = `${stage.hooks.url}?secret=another`

    expect(await stage.adapter.registerWebhooks({ ...target(), url })).toEqual(ids)
    expect(stage.sandbox.state.webhooks).toMatchObject([
      { url, active: true },
      { url, active: true },
    ])
    expect(callsTo('POST', /^\/webhooks\/\d+$/)).toHaveLength(2)
  })

  it('When ours does not answer 2xx, then that is said, and what was made is taken down again', async () => {
    stage.hooks.answers.push(200, 404)

    await expect(stage.adapter.registerWebhooks(target())).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('reachable'),
    })
    expect(stage.sandbox.state.webhooks).toEqual([])
  })

  it('When they are taken down, then strangers stay, and one that is gone is no failure', async () => {
    const ids = await stage.adapter.registerWebhooks(target())
    const url = 'https://stranger.example/hooks'
    const stranger = { ...stage.sandbox.state.webhooks[0], id: 9_999, name: 'Stranger', url }
    Object.assign(stage.sandbox.state, { webhooks: [stage.sandbox.state.webhooks[0], stranger] })

    expect(await stage.adapter.removeWebhooks(ids, stage.hooks.url)).toEqual([])
    expect(stage.sandbox.state.webhooks).toMatchObject([{ name: 'Stranger' }])
  })

  it('When one cannot be taken down, then that is told in words and the other still is', async () => {
    const ids = await stage.adapter.registerWebhooks(target())
    stage.sandbox.faults.add({ method: 'DELETE', path: '/webhooks/:id', status: 500 })

    expect(await stage.adapter.removeWebhooks(ids, stage.hooks.url)).toEqual([
      expect.stringContaining(String(ids[0])),
    ])
    expect(stage.sandbox.state.webhooks).toHaveLength(1)
  })

  it('When a process ended before it kept the ids, then they are found by the address that they call', async () => {
    await stage.adapter.registerWebhooks(target())
    expect(await stage.adapter.removeWebhooks([], stage.hooks.url)).toEqual([])
    expect(stage.sandbox.state.webhooks).toEqual([])
  })

  it('When neither ids nor a list are to be had, then it is said that some may be left', async () => {
    await stage.adapter.registerWebhooks(target())
    stage.sandbox.faults.add({ method: 'GET', path: '/webhooks', status: 500 })
    expect(await stage.adapter.removeWebhooks([], stage.hooks.url)).toEqual([
      expect.stringContaining('may still call'),
    ])
  })
})
