import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type CarrierStage, createCarrierStage } from '../support/carrier-stage.ts'
import { startTwinApp } from '../support/twin-app.ts'
import { startWorld, type World } from '../support/world.ts'

const minuteMs = 60_000

let world: World
let stage: CarrierStage

beforeAll(async () => {
  world = await startWorld({ carriers: true })
  world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 5_000 }
  stage = await createCarrierStage(world)
})
afterAll(() => world.close())
beforeEach(() => {
  for (const sandbox of [world.sandbox, world.heymarket, world.bulksms]) sandbox.faults.clear()
})

const reasonTold = (id: string) =>
  world.sandbox.state.messages.find((message) => message.id === id)?.providerError?.message
const isTold = (id: string) => vi.waitFor(() => expect(stage.crmStatus(id)).toBe('failed'), stage.patience)

describe('a text of which nobody knows whether it left', () => {
  it('When Heymarket lists it nowhere in a quarter of an hour, then it has failed, and the CRM says why', async () => {
    await stage.use('heymarket')
    world.heymarket.faults.add({ method: 'POST', path: '/v1/message/send', reset: true, times: 1 })
    const id = await stage.writeInCrm('Cut off on its way')
    await stage.settled(id, 'unknown')
    await stage.passTime(6 * minuteMs)
    await stage.poll('heymarket')
    await stage.passTime(6 * minuteMs)
    await stage.poll('heymarket')
    expect((await stage.messageRow(id))?.['state']).toBe('unknown')

    await stage.passTime(6 * minuteMs)
    await stage.poll('heymarket')
    await stage.settled(id, 'failed')
    await isTold(id)
    expect(reasonTold(id)).toContain('Heymarket never confirmed it')
    expect(stage.sent('heymarket')).toEqual([])
  })

  it('When Heymarket cannot be asked, then it stays open until it can', async () => {
    await stage.use('heymarket')
    world.heymarket.faults.add({ method: 'POST', path: '/v1/message/send', loseAnswer: true, times: 1 })
    world.heymarket.faults.add({ method: 'POST', path: '/v1/messages/all', status: 500, times: 50 })
    const id = await stage.writeInCrm('Taken, but nobody can look')
    await stage.settled(id, 'unknown')
    await stage.settle()
    await stage.passTime(40 * minuteMs)
    await stage.poll('heymarket')
    world.heymarket.faults.clear()
    expect((await stage.messageRow(id))?.['state']).toBe('unknown')
    await stage.passTime(20 * minuteMs)
    await stage.poll('heymarket')
    await stage.settled(id, 'delivered')
  })

  it('When Heymarket lists it with a word that nobody knows, then it was taken, and the word is kept', async () => {
    await stage.use('heymarket')
    world.heymarket.faults.add({ method: 'POST', path: '/v1/message/send', loseAnswer: true, times: 1 })
    world.heymarket.faults.add({ method: 'POST', path: '/v1/messages/all', status: 500, times: 1 })
    const id = await stage.writeInCrm('Taken, with a strange word')
    await stage.settled(id, 'unknown')
    await stage.settle()
    const message = world.heymarket.sentTexts().find(({ text }) => text === 'Taken, with a strange word')
    if (message) world.heymarket.setStatus(message, 'ROUTED_OUT')
    await stage.passTime(20 * minuteMs)
    await stage.poll('heymarket')
    expect(await stage.settled(id, 'accepted')).toMatchObject({
      raw: 'ROUTED_OUT',
      provider_message_id: String(message?.id),
    })
  })

  it.each([401, 403])(
    'When BulkSMS took it and then lets nobody in (%i), then it has not failed, and is known when it does again',
    async (status) => {
      await stage.use('bulksms')
      const send = { method: 'POST', path: '/messages' }
      world.bulksms.faults.add({ ...send, loseAnswer: true, times: 1 })
      const body = { type: 'https://developer.bulksms.com/json/v1/errors#insufficient-credits' }
      world.bulksms.faults.add({ ...send, status, body: status === 403 ? body : '', times: 1 })
      const words = `Taken, and then shut out (${status})`
      const id = await stage.writeInCrm(words)
      await stage.settled(id, 'unknown')
      await stage.passTime(6 * minuteMs)
      await vi.waitFor(
        async () => expect(await stage.messageRow(id)).toMatchObject({ state: 'unknown', tries: 2 }),
        stage.patience,
      )
      const [connection] = await stage.rowsOf(sql`select status from provider_connections`)
      expect(connection?.['status']).toBe('broken')

      await world.sendJob('check-providers', {})
      await vi.waitFor(async () => {
        const [mended] = await stage.rowsOf(sql`select status from provider_connections`)
        expect(mended?.['status']).toBe('active')
      }, stage.patience)
      await stage.passTime(6 * minuteMs)
      await stage.settled(id, 'accepted', 'sent', 'delivered')
      expect(stage.sent('bulksms').filter(({ text }) => text === words)).toHaveLength(1)
    },
  )

  it('When BulkSMS cannot be reached for longer than it drops a repeat, then it has failed, and is not sent later', async () => {
    await stage.use('bulksms')
    world.bulksms.faults.add({ method: 'POST', path: '/messages', reset: true, times: 100 })
    const id = await stage.writeInCrm('Half a day without an answer')
    await stage.settled(id, 'unknown')
    await stage.passTime(12 * 60 * minuteMs + minuteMs)
    await stage.settled(id, 'failed')
    await stage.passTime(6 * minuteMs)
    await isTold(id)
    expect(reasonTold(id)).toContain('BulkSMS never confirmed it')
    world.bulksms.faults.clear()
    await stage.passTime(6 * minuteMs)
    expect(stage.sent('bulksms').filter(({ text }) => text === 'Half a day without an answer')).toEqual([])
  })
})

describe('a text that could not leave for long', () => {
  it.each(['heymarket', 'bulksms'] as const)(
    'When an hour is over before %s takes it, then it is not sent any more, and the CRM says why',
    async (carrier) => {
      await stage.use(carrier)
      const busy = { status: 429, headers: { 'Retry-After': '7200' } }
      const fault = stage.faults(carrier).add({ method: 'POST', path: /send$|messages$/, times: 1, ...busy })
      const words = `Come at noon (${carrier})`
      const id = await stage.writeInCrm(words)
      await vi.waitFor(() => expect(fault.hits()).toBe(1), stage.patience)
      await stage.settled(id, 'waiting')
      await stage.passTime(90 * minuteMs)
      await stage.settled(id, 'failed')
      await stage.passTime()
      await isTold(id)
      expect(reasonTold(id)).toContain('more than an hour')
      expect(stage.sent(carrier).filter(({ text }) => text === words)).toEqual([])
      await world.database.db.execute(sql`
        delete from pgboss.job where name = 'send-provider-message' and state = 'created'`)
    },
  )
})

describe('two systems at once', () => {
  it('When both carry texts of one provider, then the chosen one does', async () => {
    const { conversationProvider } = seedIds
    for (const chosen of ['heymarket', 'bulksms'] as const) {
      await stage.use(chosen)
      await stage.alsoConnect(chosen === 'heymarket' ? 'bulksms' : 'heymarket')
      const words = `By the one that was chosen (${chosen})`
      const named = world.sandbox.sendFromCrm({
        contactId: seedIds.contact.maya,
        body: words,
        userId: seedIds.user.rep,
      })
      await world.sandbox.settle()
      await stage.settled(named.id, 'accepted', 'sent', 'delivered')
      expect(stage.sent(chosen).filter(({ text }) => text === words)).toHaveLength(1)
      const messageId = `msgByName${chosen}`
      const posted = {
        type: 'SMS',
        contactId: seedIds.contact.maya,
        locationId: seedIds.location.main,
        messageId,
        phone: '+13125550142',
        message: `${words}, by name`,
        conversationProviderId: conversationProvider.ours,
      }
      await world.sandbox.sendWebhook(posted, { url: `${world.publicUrl}/webhooks/outbound-messages` })
      await stage.settled(messageId, 'accepted', 'sent', 'delivered')
      expect(stage.sent(chosen).filter(({ text }) => text === `${words}, by name`)).toHaveLength(1)
    }
  })

  it("When a text names another app's provider, then it is left alone: the platform signs all apps' posts alike", async () => {
    await stage.use('bulksms')
    const posted = {
      type: 'SMS',
      contactId: seedIds.contact.maya,
      locationId: seedIds.location.main,
      messageId: 'msgOfAnotherApp',
      phone: '+13125550142',
      message: 'Meant for another app',
      conversationProviderId: 'cpvOfAnotherApp00001',
    }
    await world.sandbox.sendWebhook(posted, { url: `${world.publicUrl}/webhooks/outbound-messages` })
    const open = sql`select id from webhook_events where type = 'ProviderOutboundMessage' and processed_at is null`
    await vi.waitFor(async () => expect(await stage.rowsOf(open)).toEqual([]), stage.patience)
    expect(await stage.messageRow('msgOfAnotherApp')).toBeUndefined()
    expect(stage.sent('bulksms').map(({ text }) => text)).not.toContain('Meant for another app')
  })

  it('When none of both is chosen, then the text fails and says what to do', async () => {
    await stage.use('heymarket')
    await stage.alsoConnect('bulksms')
    await (await stage.admin()).put('/providers/chosen').send({ provider: 'crm' })
    const id = await stage.writeInCrm('By whom, then?')
    expect(await stage.settled(id, 'failed')).toMatchObject({
      carrier: null,
      reason: expect.stringContaining('Choose one'),
    })
    const [count] = await stage.rowsOf(sql`select count(*)::int as connected from provider_connections`)
    expect(count).toEqual({ connected: 2 })
  })
})

describe('one BulkSMS account of two locations', () => {
  const berlinPhone = () =>
    world.sandbox.state.contacts.find(({ id }) => id === seedIds.contact.berlin)?.phone ?? ''

  it('When somebody answers a text, then the location that sent it gets the reply, and the other nothing', async () => {
    await stage.use('bulksms')
    await world.installed(seedIds.user.admin, seedIds.location.berlin)
    const berlin = await world.as(seedIds.user.admin, seedIds.location.berlin)
    const settings = {
      conversationProviderId: seedIds.conversationProvider.ours,
      createsContacts: true,
      sender: null,
      alertEmail: '',
    }
    const connected = await berlin
      .put('/providers/bulksms')
      .send({ carrier: 'bulksms', credentials: world.bulksms.credentials(), settings })
    expect(connected.status).toBe(200)
    expect((await berlin.put('/providers/chosen').send({ provider: 'bulksms' })).status).toBe(200)
    world.sandbox.chooseSmsProvider(seedIds.location.berlin, settings.conversationProviderId)

    const here = await stage.writeInCrm('From the one location')
    const there = await stage.writeInCrm('From the other location', seedIds.contact.berlin)
    const rows = [
      await stage.settled(here, 'accepted', 'sent', 'delivered'),
      await stage.settled(there, 'accepted', 'sent', 'delivered'),
    ]
    // Counted together: two that are alike would lose a text.
    const gaps = ['id', 'dedupe_number'].map((name) => Number(rows[1]?.[name]) - Number(rows[0]?.[name]))
    expect(gaps[0]).toBe(gaps[1])

    stage.receive('bulksms', berlinPhone(), 'An answer to the other location')
    await stage.settle()
    await stage.quiet()
    const threads = world.sandbox.state.messages.filter(
      ({ body }) => body === 'An answer to the other location',
    )
    expect(threads.map(({ locationId }) => locationId)).toEqual([seedIds.location.berlin])
    expect(
      world.sandbox.state.contacts.filter(({ phone }) => phone === berlinPhone()).map(({ id }) => id),
    ).toEqual([seedIds.contact.berlin])
  })
})

describe('two processes on one database', () => {
  it('When both are told to send the same texts, and more than once, then each leaves once', async () => {
    await stage.use('heymarket')
    const twin = await startTwinApp(world)
    world.heymarket.faults.add({ method: 'POST', path: '/v1/message/send', delayMs: 100, times: 100 })
    const words = Array.from({ length: 12 }, (_, place) => `For both of them, number ${place}`)
    const ids = words.map((body) => {
      const text = { contactId: seedIds.contact.maya, body, userId: seedIds.user.rep }
      return world.sandbox.sendFromCrm(text).id
    })
    await world.sandbox.settle()
    const locationId = seedIds.location.main
    await Promise.all(
      ids.flatMap(async (messageId) => {
        const row = await vi.waitFor(async () => {
          const found = await stage.messageRow(messageId)
          expect(found).toBeDefined()
          return found
        }, stage.patience)
        const task = { locationId, id: Number(row?.['id']) }
        await Promise.all([world, twin].map(({ sendJob }) => sendJob('send-provider-message', task)))
      }),
    )
    for (const id of ids) await stage.settled(id, 'accepted', 'sent', 'delivered')
    await vi.waitFor(async () => {
      const [open] = await stage.rowsOf(sql`
        select count(*)::int as jobs from pgboss.job
        where name = 'send-provider-message' and state in ('created', 'retry', 'active')`)
      expect(open).toEqual({ jobs: 0 })
    }, stage.patience)
    const sent = stage.sent('heymarket').map(({ text }) => text)
    expect(sent.filter((text) => words.includes(text)).toSorted()).toEqual(words.toSorted())
    await twin.close()
  }, 30_000)
})
