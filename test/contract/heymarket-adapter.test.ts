import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../server/errors.ts'
import { type HeymarketStage, startHeymarketStage, textTo } from './heymarket-stage.ts'

let stage: HeymarketStage
const phone = '+15105553344'

beforeEach(async () => {
  stage = await startHeymarketStage()
})
afterEach(() => stage.heymarket.close())

async function sent(to = phone): Promise<string> {
  const outcome = await stage.adapter.send(textTo(to))
  if (outcome.kind !== 'accepted') throw new Error(`not accepted but ${outcome.kind}`)
  return outcome.providerMessageId
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof AppError ? error.code : error),
  )

describe('what became of texts', () => {
  const since = new Date(0)

  test('When a text arrives, then its state moves on to delivered', async () => {
    const providerMessageIds = [await sent()]
    expect(await stage.adapter.readReports({ providerMessageIds, since })).toMatchObject([
      { state: 'accepted' },
    ])
    await stage.heymarket.settle()
    expect(await stage.adapter.readReports({ providerMessageIds, since })).toMatchObject([
      { providerMessageId: providerMessageIds[0], state: 'delivered', raw: 'delivered', reason: null },
    ])
  })

  test('When a text fails, then that is told, without a reason made up', async () => {
    const providerMessageIds = [await sent('+15105550198')]
    await stage.heymarket.settle()
    expect(await stage.adapter.readReports({ providerMessageIds, since })).toMatchObject([
      { state: 'failed', raw: 'undelivered', reason: 'Heymarket could not deliver the text.' },
    ])
  })

  test('When the status is a word that nobody listed, then it is unknown and the word is kept', async () => {
    const providerMessageIds = [await sent()]
    const [message] = stage.heymarket.sentTexts()
    if (message) stage.heymarket.setStatus(message, 'Carrier review')
    expect(await stage.adapter.readReports({ providerMessageIds, since })).toMatchObject([
      { state: 'unknown', raw: 'Carrier review' },
    ])
  })

  test('When there are more than a page, then each comes once though pages overlap, and reading ends', async () => {
    for (let count = 0; count < 70; count += 1) await sent()
    const reports = await stage.adapter.readReports({ providerMessageIds: [], since })
    expect(new Set(reports.map(({ providerMessageId }) => providerMessageId)).size).toBe(70)
    expect(reports).toHaveLength(70)
    expect(stage.callsOf('/v1/messages/all')).toHaveLength(3)
  })

  test('When `created_at` looks the other way than assumed, then reading ends at once', async () => {
    for (let count = 0; count < 40; count += 1) await sent()
    const firstPage = stage.callsOf('/v1/messages/all').length
    stage.heymarket.faults.add({
      path: '/v1/messages/all',
      times: 100,
      when: ({ body }) => typeof body === 'object' && body !== null && 'created_at' in body,
      status: 200,
      body: [],
    })
    expect(await stage.adapter.readReports({ providerMessageIds: [], since })).toHaveLength(30)
    expect(stage.callsOf('/v1/messages/all').length - firstPage).toBe(2)
  })

  test('When texts did not change since, then they are not read again', async () => {
    await sent()
    await stage.heymarket.settle()
    stage.clock.advance(60_000)
    const start = new Date(stage.clock.now())
    const id = await sent()
    const reports = await stage.adapter.readReports({ providerMessageIds: [], since: start })
    expect(reports.map(({ providerMessageId }) => providerMessageId)).toEqual([id])
  })

  test('When replies and texts of people in Heymarket are among them, then they are left out', async () => {
    stage.heymarket.receive(phone, 'Thanks, see you then')
    expect(await stage.adapter.readReports({ providerMessageIds: [], since })).toEqual([])
  })
})

describe('opt-outs', () => {
  test('When somebody is opted out and in, then Heymarket knows by `set_status`', async () => {
    stage.heymarket.addContact({ phone })
    await stage.adapter.optOut(phone)
    expect(stage.heymarket.contactByPhone(phone)).toMatchObject({ is_opted_out: true })
    await stage.adapter.optIn(phone)
    expect(stage.heymarket.contactByPhone(phone)).toMatchObject({ is_opted_out: false })
    expect(stage.callsOf('/v1/contact/set_status').map(({ body }) => body)).toEqual([
      { phone: '15105553344', status: 'unsubscribed' },
      { phone: '15105553344', status: 'subscribed' },
    ])
  })

  test('When the number is unknown there, then it becomes a contact that is opted out', async () => {
    await stage.adapter.optOut(phone)
    expect(stage.heymarket.contactByPhone(phone)).toMatchObject({ is_opted_out: true })
  })

  test('When a number that is unknown there opts in, then nothing is made', async () => {
    await stage.adapter.optIn(phone)
    expect(stage.heymarket.state.contacts.size).toBe(0)
  })

  test('When a list of them is wanted, then it says that there is none', async () => {
    expect(stage.adapter.capabilities.has('optOutRead')).toBe(false)
    expect(await codeOf(stage.adapter.listOptOuts(null))).toBe('rejected')
  })
})

describe('checking credentials', () => {
  test('When they are fine, then team, inboxes and their members are told', async () => {
    expect(await stage.adapter.checkCredentials()).toEqual({
      name: 'Lakeside Dental',
      credits: null,
      senders: [],
      inboxes: [
        {
          id: 42,
          name: 'Support',
          phone: '+15105550142',
          members: [
            { id: 7, name: 'Ada Fox' },
            { id: 8, name: 'Ben Ito' },
          ],
        },
        { id: 43, name: 'Sales', phone: '+15105550143', members: [{ id: 9, name: 'Cleo Roy' }] },
      ],
    })
  })

  test('When inboxes come in an object, as an older guide shows, then they are read, too', async () => {
    stage.heymarket.behaviour.wrapsInboxes = true
    expect((await stage.adapter.checkCredentials()).inboxes).toHaveLength(2)
  })

  test.each([
    ['403', { status: 403 }, 'rejected'],
    ['429', { status: 429 }, 'rate_limited'],
    ['500', { status: 500 }, 'upstream_unavailable'],
    ['a reset', { reset: true }, 'upstream_unavailable'],
    ['something odd', { status: 200, body: { odd: true } }, 'upstream_failed'],
  ])('When %s comes, then it says so', async (_what, fault, code) => {
    stage.heymarket.faults.add({ path: '/v1/inboxes', ...fault })
    expect(await codeOf(stage.adapter.checkCredentials())).toBe(code)
  })

  test('When the secret is wrong, then they are rejected', async () => {
    const credentials = { ...stage.heymarket.credentials(), secretKey: 'wrong' }
    const error: unknown = await stage
      .connect({ credentials })
      .checkCredentials()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'rejected', details: { reason: 'credentials' } })
    expect(String(error)).not.toContain('wrong')
  })
})
