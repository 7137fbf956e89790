import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseWithTextIds } from '../../server/providers/long-ids.ts'
import { bulksmsEndings } from '../sandbox/bulksms/bulksms-state.ts'
import { bulksmsText, type BulksmsStage, startBulksmsStage } from './bulksms-stage.ts'

let stage: BulksmsStage

beforeEach(async () => {
  stage = await startBulksmsStage()
})
afterEach(() => stage.close())

/** As a plain client of its document. */
async function call(method: string, path: string, body?: unknown) {
  const { tokenId, tokenSecret } = stage.sandbox.credentials()
  const authorization = `Basic ${Buffer.from(`${tokenId}:${tokenSecret}`).toString('base64')}`
  const response = await fetch(`${stage.sandbox.apiUrl}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, body: parseWithTextIds(text) }
}

const idOf = async (text = bulksmsText()): Promise<string> => {
  const outcome = await stage.adapter.send(text)
  if (outcome.kind !== 'accepted') throw new Error(`not accepted but ${outcome.kind}`)
  return outcome.providerMessageId
}
const reportOf = async (id: string) =>
  (await stage.adapter.readReports({ providerMessageIds: [id], since: new Date(0) }))[0]

describe('senders', () => {
  it('When the sender is a short code, then it goes as one, for bare digits are a number of 7 to 15', async () => {
    stage.sandbox.state.senders.allowed.push('12345')
    expect(await stage.adapterWith({ sender: '12345' }).send(bulksmsText())).toMatchObject({
      kind: 'accepted',
    })
    expect(stage.sandbox.sentTexts()).toMatchObject([{ from: '12345' }])
  })

  it.each(['12345', '+123456', 'HarborDental', '1234567890123456'])(
    'When a bare sender is %s, which is neither a number nor a name of 11, then 400',
    async (from) => {
      stage.sandbox.state.senders.isFullControlAllowed = true
      const entry = { to: '+15105553344', body: 'Hi', from }
      expect((await call('POST', '/messages', [entry])).status).toBe(400)
    },
  )
})

describe('a repeat with the same deduplication id', () => {
  it('When the text was delivered meanwhile, then the answer looks no different from the first', async () => {
    const entry = { to: '+15105553344', body: 'Hi Jordan' }
    const first = await call('POST', '/messages?deduplication-id=5', [entry])
    await stage.sandbox.settle()
    expect(await call('POST', '/messages?deduplication-id=5', [entry])).toEqual(first)
    expect(stage.sandbox.sentTexts()).toHaveLength(1)
  })
})

describe('states', () => {
  it('When the network reports nothing, then the text stays sent, and nobody claims more', async () => {
    const id = await idOf(bulksmsText({ to: `+1510555${bulksmsEndings.silent}` }))
    await stage.sandbox.settle()
    stage.clock.advance(7 * 24 * 3_600_000)
    await stage.sandbox.settle()
    expect(await reportOf(id)).toMatchObject({ state: 'sent', raw: 'SENT.null', reason: null })
  })

  it('When properties are added to what it tells, then they are left alone', async () => {
    const id = await idOf()
    expect((await call('GET', `/messages/${id}`)).text).toContain('"addedLater"')
    expect(await reportOf(id)).toMatchObject({ providerMessageId: id, state: 'accepted' })
    expect(await stage.adapter.checkCredentials()).toMatchObject({ credits: 499 })
  })

  it.each(['UNKNOWN', 'delivered', 'ALL'])(
    'When messages are filtered by the status %s, which is none to filter by, then 400',
    async (word) => {
      const filter = encodeURIComponent(`status.type=${word}`)
      expect((await call('GET', `/messages?filter=${filter}`)).status).toBe(400)
    },
  )
})

describe('calls of webhooks', () => {
  it('When one comes, then its headers name the event, the delivery, the attempt and the webhook', async () => {
    const [, replies] = await stage.registered()
    stage.hooks.answers.push(503)
    stage.sandbox.receive('+15105553344', 'Hi')
    await stage.sandbox.settle()
    stage.clock.advance(90_000)
    await stage.sandbox.settle()

    const seen = stage.hooks.received.slice(2).map(({ headers }) => headers)
    expect(seen).toMatchObject(
      ['1', '2'].map((attempt) => ({
        'user-agent': 'BulkSMS Invoker',
        'x-bulksms-event': 'incoming-message',
        'x-bulksms-delivery': expect.stringMatching(/^[\w-]{36}$/),
        'x-bulksms-delivery-attempt': attempt,
        'x-bulksms-webhook-id': replies,
      })),
    )
  })

  it('When two days of refusals are over, then the message is dropped', async () => {
    await stage.registered()
    stage.hooks.answers.push(...Array.from({ length: 500 }, () => 503))
    const begunAt = stage.clock.now()
    stage.sandbox.receive('+15105553344', 'Hi')
    await stage.sandbox.settle()
    const attempts = () => stage.sandbox.webhooks.deliveries.length
    for (let hour = 0; hour < 24 * 4; hour += 1) {
      stage.clock.advance(15 * 60_000)
      await stage.sandbox.settle()
      stage.clock.advance(15 * 60_000)
      await stage.sandbox.settle()
    }
    const made = attempts()
    expect(stage.clock.now() - begunAt).toBeGreaterThanOrEqual(2 * 24 * 3_600_000)
    expect(made).toBeGreaterThan(100)
    stage.clock.advance(24 * 3_600_000)
    await stage.sandbox.settle()
    expect(attempts()).toBe(made)
  })

  it('When one is answered by 410, then the webhook is switched off', async () => {
    await stage.registered()
    stage.hooks.answers.push(410)
    for (const words of ['First', 'Second']) {
      stage.sandbox.receive('+15105553344', words)
      await stage.sandbox.settle()
    }
    expect(stage.sandbox.webhooks.deliveries).toHaveLength(1)
    expect(stage.sandbox.state.webhooks.map(({ active }) => active)).toEqual([true, false])
  })
})

describe('blocked numbers', () => {
  it('When more than 1,000 are to be blocked at once, then 400; up to that 200 without a body', async () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, place) => `1510555${1_000 + place}`)
    expect((await call('POST', '/blocked-numbers', numbers(1_001))).status).toBe(400)
    expect(await call('POST', '/blocked-numbers', numbers(1_000))).toMatchObject({ status: 200, text: '' })
    expect(stage.sandbox.state.blocked).toHaveLength(1_000)
  })

  it('When a number is blocked already, then to block it once more is fine', async () => {
    await stage.adapter.optOut('+15105553344')
    await stage.adapter.optOut('+15105553344')
    expect((await stage.adapter.listOptOuts(null)).phones).toEqual(['+15105553344'])
  })
})
