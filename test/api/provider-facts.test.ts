import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location } = seedIds

let world: World
let stage: CarrierStage

beforeAll(async () => {
  world = await startWorld({ carriers: true })
  world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 5_000 }
  stage = await createCarrierStage(world)
  await stage.use('heymarket')
})
afterAll(() => world.close())

const phone = () => world.sandbox.state.contacts.find(({ id }) => id === contact.maya)?.phone ?? ''
const bodies = () => stage.thread().map(({ body }) => body)
const statusCalls = (id: string) =>
  world.sandbox.calls.filter(({ path }) => path === `/conversations/messages/${id}/status`)

describe('the CRM as a conversation provider sees it', () => {
  it.each([403, 401] as const)(
    'When a status is refused with %i for 10 s after the send, then it is told later, and the token stays',
    async (refusal) => {
      Object.assign(world.sandbox.behaviour, { providerStatusLagMs: 10_000, earlyStatusRefusal: refusal })
      const refreshes = () => world.sandbox.calls.filter(({ path }) => path === '/oauth/token').length
      const before = refreshes()
      world.heymarket.faults.add({ path: '/v1/message/send', status: 400 })
      const id = await stage.writeInCrm(`Refused over there (${refusal})`)
      const row = await stage.settled(id, 'failed')
      await world.sendJob('tell-provider-status', { locationId: location.main, id: Number(row['id']) })
      await vi.waitFor(() => expect(statusCalls(id)[0]?.status).toBe(refusal), stage.patience)

      world.clock.advance(9_999)
      await world.sendJob('tell-provider-status', { locationId: location.main, id: Number(row['id']) })
      await vi.waitFor(() => expect(statusCalls(id).length).toBeGreaterThan(1), stage.patience)
      expect(statusCalls(id).every(({ status }) => status === refusal)).toBe(true)

      await stage.passTime()
      await vi.waitFor(() => expect(stage.crmStatus(id)).toBe('failed'), stage.patience)
      expect(refreshes()).toBe(before)
    },
  )

  it('When a status was told, then it is not told again, whatever more is reported', async () => {
    const id = await stage.writeInCrm('Told once')
    await stage.settled(id, 'accepted', 'sent', 'delivered')
    await world.heymarket.settle()
    await stage.passTime()
    await stage.poll('heymarket')
    await vi.waitFor(
      async () => expect(await stage.messageRow(id)).toMatchObject({ told_state: 'delivered' }),
      stage.patience,
    )
    const message = world.heymarket.sentTexts().find(({ text }) => text === 'Told once')
    if (message) world.heymarket.setStatus(message, 'undelivered')
    await stage.passTime()
    await stage.poll('heymarket')
    await stage.passTime()
    expect(stage.crmStatus(id)).toBe('delivered')
    expect(await stage.messageRow(id)).toMatchObject({ state: 'delivered' })
    expect(statusCalls(id).filter(({ status }) => status === 200)).toHaveLength(1)
  })
})

describe('replies as the CRM takes them', () => {
  const { ours, oursExtra } = seedIds.conversationProvider
  const inThread = (text: string) => stage.thread().filter(({ body }) => body === text)
  const problem = async () =>
    (await stage.rowsOf(sql`select last_error_advice from provider_connections`))[0]?.['last_error_advice']
  afterAll(() => stage.use('heymarket'))

  it('When Wrapup is an extra provider there, then its id is named, without which the CRM drops the reply', async () => {
    await stage.use('heymarket', { conversationProviderId: oursExtra })
    world.sandbox.chooseSmsProvider(location.main, null)
    stage.receive('heymarket', phone(), 'By the extra provider')
    await world.heymarket.settle()
    await stage.quiet()
    expect(inThread('By the extra provider')).toMatchObject([{ conversationProviderId: oursExtra }])
  })

  it('When the CRM answers 201 without a body, then nothing is in the thread, and it is tried until it is', async () => {
    await stage.use('heymarket', { conversationProviderId: null })
    world.sandbox.chooseSmsProvider(location.main, null)
    stage.receive('heymarket', phone(), 'Dropped in silence')
    await world.heymarket.settle()
    await vi.waitFor(async () => expect(await problem()).toContain('SMS provider'), stage.patience)
    expect(inThread('Dropped in silence')).toEqual([])

    world.sandbox.chooseSmsProvider(location.main, ours)
    await stage.passTime()
    await stage.quiet()
    expect(inThread('Dropped in silence')).toHaveLength(1)
  })
})

describe('the webhooks of Heymarket', () => {
  it('When several replies carry the same id, which is that of the webhook, then each arrives, equal words too', async () => {
    for (const words of ['The first of three', 'See you there', 'See you there']) {
      stage.receive('heymarket', phone(), words)
    }
    await world.heymarket.settle()
    await stage.quiet()
    const calls = world.heymarket.webhooks.deliveries.slice(-3)
    const ids = calls.map(({ body }) => (JSON.parse(body) as { id: number }).id)
    expect(new Set(ids).size).toBe(1)
    expect(bodies().filter((body) => body === 'The first of three')).toHaveLength(1)
    expect(bodies().filter((body) => body === 'See you there')).toHaveLength(2)
  })

  it('When the token in the body is wrong, then 401 and nothing is kept', async () => {
    const kept = () =>
      stage.rowsOf(sql`select count(*)::int as kept from webhook_events where type = 'CarrierEvent'`)
    const before = await kept()
    const event = { type: 'message_recieved', id: 1, token: 'not-this-one', event_data: {} }
    expect(await world.heymarket.webhooks.post(JSON.stringify(event))).toBe(401)
    expect(await world.heymarket.webhooks.post(JSON.stringify({ ...event, token: undefined }))).toBe(401)
    expect(await kept()).toEqual(before)
  })

  it('When its own person texts from Heymarket, then nothing of it is put into the thread as a reply', async () => {
    world.heymarket.sendByMember(phone(), 'Written in Heymarket itself')
    await world.heymarket.settle()
    await stage.quiet()
    expect(bodies()).not.toContain('Written in Heymarket itself')
  })
})

describe('words that stop and start, in any case, spaces ignored', () => {
  let lastId = 5_000_000

  /** The text alone: the event of the opt-out, which comes besides, may be lost. */
  async function told(text: string): Promise<void> {
    const { token, id } = world.heymarket.state.webhook ?? { token: '', id: 0 }
    const date = new Date(world.clock.now()).toISOString()
    const target = phone().slice(1)
    const message = { id: (lastId += 1), text, date, updated: date, phone: target, target, user: 0 }
    const event = { type: 'message_recieved', id, token, event_data: message }
    expect(await world.heymarket.webhooks.post(JSON.stringify(event))).toBe(200)
    await stage.quiet()
    world.clock.advance(60_000)
  }

  it.each([
    ['STOP', 'START'],
    ['stop all', 'Yes'],
    ['Unsubscribe', ' un stop '],
    ['CANCEL', 'START'],
    ['End', 'START'],
    ['quit', 'START'],
  ])(
    'When somebody texts "%s" and later "%s", then do-not-disturb is set and lifted',
    async (stop, start) => {
      const dnd = () =>
        world.sandbox.state.contacts.find(({ id }) => id === contact.maya)?.dndSettings.SMS?.status
      await told(stop)
      expect(dnd()).toBe('active')
      await told(start)
      expect(dnd()).toBe('inactive')
    },
  )
})

describe('the deduplication id of BulkSMS, which is forgotten after some 12 hours', () => {
  it.each([
    ['10 hours', 10, 2],
    ['11 and a half', 11.5, 1],
  ])(
    'When a text is in doubt for %s, then it is repeated only while that is safe',
    async (_when, hours, times) => {
      await stage.use('bulksms')
      const words = `In doubt for ${hours} hours`
      const isIt = ({ body }: { body: unknown }) => JSON.stringify(body ?? null).includes(`"${words}"`)
      world.bulksms.faults.add({ method: 'POST', path: '/messages', when: isIt, loseAnswer: true })
      const id = await stage.writeInCrm(words, contact.jonas)
      await stage.settled(id, 'unknown')
      await stage.passTime(hours * 3_600_000)
      // It was looked at again, and what was queued after that was sent.
      await vi.waitFor(
        async () => expect((await stage.messageRow(id))?.['asked_at']).not.toBeNull(),
        stage.patience,
      )
      await stage.settled(
        await stage.writeInCrm(`After ${words}`, contact.jonas),
        'accepted',
        'sent',
        'delivered',
      )
      if (times > 1) await stage.settled(id, 'accepted', 'sent', 'delivered')
      expect(world.bulksms.calls.filter(isIt)).toHaveLength(times)
      expect(world.bulksms.sentTexts().filter(({ body }) => body === words)).toHaveLength(1)
    },
  )
})

describe('the id that Heymarket puts on each answer, which its support asks for', () => {
  beforeAll(() => stage.use('heymarket'))
  const linesWith = (requestId: string) =>
    world.recorder.logs
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => JSON.stringify(line).includes(requestId))

  it.each([400, 429, 500])(
    'When a text is answered with %i, then one line of the log has it',
    async (status) => {
      const requestId = `hm-send-${status}`
      world.heymarket.faults.add({
        path: '/v1/message/send',
        status,
        headers: { 'X-Request-Id': requestId, 'Retry-After': '3600' },
      })
      const id = await stage.writeInCrm(`Answered with ${status}`, contact.jonas)
      await vi.waitFor(() => expect(linesWith(requestId)).toHaveLength(1), stage.patience)
      expect(linesWith(requestId)).toMatchObject([
        { carrier: 'heymarket', providerMessage: expect.any(Number), upstreamRequestId: requestId },
      ])
      expect(await stage.messageRow(id)).toBeDefined()
    },
  )

  it('When it cannot be asked what became of texts, then the log has it', async () => {
    await stage.writeInCrm('Asked about in vain', contact.jonas)
    await world.heymarket.settle()
    const headers = { 'X-Request-Id': 'hm-poll-500' }
    world.heymarket.faults.add({ path: '/v1/messages/all', status: 500, headers, times: 9 })
    await stage.passTime()
    await stage.poll('heymarket')
    await vi.waitFor(() => expect(linesWith('hm-poll-500')).not.toEqual([]), stage.patience)
    world.heymarket.faults.clear()
  })
})
