import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bulksmsText, type BulksmsStage, startBulksmsStage } from './bulksms-stage.ts'

let stage: BulksmsStage

beforeEach(async () => {
  stage = await startBulksmsStage()
})
afterEach(() => stage.close())

const read = (body: unknown, headers: Record<string, string> = {}) =>
  stage.adapter.readWebhook({
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    headers,
    query: {},
  })

const statuses = () => stage.events().flatMap((event) => (event.kind === 'status' ? [event.state] : []))

describe.each(['flat', 'nested'] as const)('webhooks of the %s shape', (payloadShape) => {
  beforeEach(() => {
    stage.sandbox.behaviour.payloadShape = payloadShape
  })

  it('When a text is delivered, then that is told by the id of the submission', async () => {
    await stage.registered()
    const sent = await stage.adapter.send(bulksmsText())
    await stage.sandbox.settle()

    expect(sent).toMatchObject({ kind: 'accepted' })
    const providerMessageId = sent.kind === 'accepted' ? sent.providerMessageId : ''
    expect(stage.events()).toMatchObject([
      { kind: 'status', providerMessageId, state: 'sent', reason: null, isOptOut: false },
      { kind: 'status', providerMessageId, state: 'delivered', reason: null, isOptOut: false },
    ])
  })

  it('When a text to a blocked number fails, then the person has opted out, and it is billed', async () => {
    await stage.registered()
    stage.sandbox.block('+15105553344')
    await stage.adapter.send(bulksmsText())
    await stage.sandbox.settle()

    expect(stage.events()).toMatchObject([{ kind: 'status', state: 'failed', isOptOut: true }])
    expect(stage.sandbox.state.credits).toBe(499)
  })

  it.each([
    ['+15105550197', 'The phone could not be reached in time.'],
    ['+15105550198', 'The phone did not take the text.'],
    ['+1111111', 'BulkSMS has no way to this number.'],
  ])('When a text to %s fails, then the reason is told to people', async (to, reason) => {
    await stage.registered()
    await stage.adapter.send(bulksmsText({ to }))
    await stage.sandbox.settle()

    expect(stage.events().at(-1)).toMatchObject({ kind: 'status', state: 'failed', reason, isOptOut: false })
  })

  it('When somebody replies, then number, words and a 19-digit id arrive', async () => {
    await stage.registered()
    const { id } = stage.sandbox.receive('+15105553344', 'OK thanks')
    await stage.sandbox.settle()

    expect(id).toMatch(/^\d{19}$/)
    expect(stage.events()).toEqual([
      {
        kind: 'inbound',
        providerMessageId: id,
        from: '+15105553344',
        to: '+447700900142',
        text: 'OK thanks',
        mediaUrls: [],
        answersMessageId: null,
        at: new Date(stage.clock.now()),
      },
    ])
  })

  it.each(['flat', 'nested'] as const)(
    'When it answers a text, then that text is named (%s shape)',
    async (shape) => {
      stage.sandbox.behaviour.payloadShape = shape
      await stage.registered()
      const sent = await stage.adapter.send(bulksmsText({ to: '+15105553344' }))
      stage.sandbox.receive('+15105553344', 'To that one')
      await stage.sandbox.settle()
      expect(sent).toMatchObject({ kind: 'accepted' })
      const id = sent.kind === 'accepted' ? sent.providerMessageId : ''
      expect(stage.events()).toContainEqual(
        expect.objectContaining({ kind: 'inbound', answersMessageId: id }),
      )
    },
  )

  it.each(['STOP', ' stop. ', 'Unsubscribe'])(
    'When somebody replies %j, then that is an opt-out, too',
    async (words) => {
      await stage.registered()
      stage.sandbox.receive('+15105553344', words)
      await stage.sandbox.settle()

      expect(stage.events()).toMatchObject([
        { kind: 'inbound', text: words },
        { kind: 'opt_out', phone: '+15105553344' },
      ])
    },
  )

  it('When reports come in disorder and twice, then each says its own state', async () => {
    await stage.registered()
    stage.sandbox.behaviour.webhookCopies = 2
    stage.sandbox.webhooks.hold()
    await stage.adapter.send(bulksmsText())
    await stage.sandbox.settle()
    stage.sandbox.webhooks.release('reversed')
    await stage.sandbox.settle()

    expect(statuses()).toEqual(['delivered', 'sent', 'delivered', 'sent'])
  })
})

describe('what a webhook holds', () => {
  it('When BulkSMS checks the address with an empty list, then that is no event and no error', () => {
    expect(read('[]')).toEqual([])
  })

  it('When there is no type, then the header X-BulkSMS-Event tells the direction', () => {
    const message = { id: 5, from: { address: '15105553344' }, to: { address: '1' }, body: { value: 'Hi' } }

    expect(read([message], { 'x-bulksms-event': 'incoming-message' })).toMatchObject([{ kind: 'inbound' }])
    expect(read([message], { 'x-bulksms-event': 'status-report' })).toMatchObject([{ kind: 'status' }])
    expect(read([message])).toEqual([{ kind: 'other', type: 'no type' }])
  })

  it.each([
    ['ACCEPTED', 'accepted'],
    ['SCHEDULED', 'accepted'],
    ['SENT', 'sent'],
    ['DELIVERED', 'delivered'],
    ['FAILED', 'failed'],
    ['UNKNOWN', 'unknown'],
    ['EN_ROUTE', 'unknown'],
    ['', 'unknown'],
  ])('When the status is %j, then it is %s and the word is kept', (type, state) => {
    const status = { id: `${type}.null`, type, subtype: null }

    expect(read([{ id: '1674811778896240641', type: 'SENT', status }])).toMatchObject([
      { kind: 'status', state, raw: `${type}.null`, providerMessageId: '1674811778896240641' },
    ])
  })

  it('When no status came along, then none is invented', () => {
    expect(read([{ id: '1', type: 'SENT' }])).toMatchObject([{ kind: 'status', state: 'unknown', raw: '' }])
  })

  it('When an unlisted word comes with BLOCKED, then it is no opt-out', () => {
    const status = { id: 'HELD.BLOCKED', type: 'HELD', subtype: 'BLOCKED' }

    expect(read([{ id: '1', type: 'SENT', status }])).toMatchObject([{ state: 'unknown', isOptOut: false }])
  })

  it('When a reply comes from a name or a short code, then it is nothing to a contact', () => {
    const reply = { id: '1', type: 'RECEIVED', body: 'Hi', to: '1' }

    expect(read([{ ...reply, from: 'MyBank' }])).toMatchObject([{ kind: 'other' }])
    expect(read([{ ...reply, from: '12345' }])).toMatchObject([{ kind: 'other' }])
  })

  it('When one of several is unreadable, then the others are not lost', () => {
    const reply = { id: '1', type: 'RECEIVED', from: '15105553344', to: '1', body: 'Hi' }

    expect(read([{ nothing: true }, reply])).toMatchObject([
      { kind: 'other' },
      { kind: 'inbound', text: 'Hi' },
    ])
  })
})

describe('webhooks that are answered', () => {
  const attempts = () => stage.sandbox.webhooks.deliveries.map(({ attempt }) => attempt)

  it('When ours answers 503, then it comes again after 90 s, 3, 6 and 12 min, then each 15 min for 2 days', async () => {
    await stage.registered()
    stage.hooks.answers.push(...Array.from({ length: 500 }, () => 503))
    stage.sandbox.receive('+15105553344', 'Hi')
    await stage.sandbox.settle()
    for (const [place, waitMs] of [90_000, 180_000, 360_000, 720_000, 900_000, 900_000].entries()) {
      stage.clock.advance(waitMs - 1)
      await stage.sandbox.settle()
      expect(attempts()).toHaveLength(place + 1)
      stage.clock.advance(1)
      await stage.sandbox.settle()
      expect(attempts()).toHaveLength(place + 2)
    }
  })

  it('When ours answers 401, then that message is dropped, and later ones still come', async () => {
    await stage.registered()
    stage.hooks.answers.push(401)
    stage.sandbox.receive('+15105553344', 'First')
    await stage.sandbox.settle()
    stage.clock.advance(3 * 24 * 3_600_000)
    stage.sandbox.receive('+15105553344', 'Second')
    await stage.sandbox.settle()

    expect(attempts()).toEqual([1, 1])
  })

  it('When a call of MANY fails, then each of its messages, up to 10, comes again alone', async () => {
    await stage.registered()
    stage.hooks.answers.push(500, 500)
    stage.sandbox.webhooks.hold()
    for (let place = 0; place < 12; place += 1) stage.sandbox.receive('+15105553344', `Text ${place}`)
    stage.sandbox.webhooks.release()
    await stage.sandbox.settle()
    const sizes = () =>
      stage.sandbox.webhooks.deliveries.map(({ body }) => (JSON.parse(body) as unknown[]).length)
    expect(sizes()).toEqual(expect.arrayContaining([10, 2]))

    stage.clock.advance(90_000)
    await stage.sandbox.settle()
    expect(sizes().slice(2)).toEqual(Array.from({ length: 12 }, () => 1))
  })
})
