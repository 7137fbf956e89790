import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseWithTextIds } from '../../server/providers/long-ids.ts'
import { type BulksmsStage, startBulksmsStage } from './bulksms-stage.ts'

let stage: BulksmsStage

beforeEach(async () => {
  stage = await startBulksmsStage()
})
afterEach(() => stage.close())

const basic = 'Basic VEVTVElELTAxLUE6dDNzdCFTZWNyZXQj'

/** As a plain client of its document. */
async function call(method: string, path: string, body?: unknown, authorization = basic) {
  const response = await fetch(`${stage.sandbox.apiUrl}${path}`, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, body: parseWithTextIds(text) }
}

const entry = { to: '+15105553344', body: 'Hi Jordan' }
const problem = (name: string) => ({ type: expect.stringContaining(`errors#${name}`) })

describe('the stand-in BulkSMS', () => {
  it('When its 15 operations are called, then each answers, and no other does', async () => {
    const { body } = await call('POST', '/messages', entry)
    const { id } = (body as { id: string }[])[0] ?? { id: '' }
    const webhook = { name: 'One', url: stage.hooks.url, triggerScope: 'SENT' }
    const made = (await call('POST', '/webhooks', webhook)).body as { id: number }
    const attachment = { fileExtension: 'pdf', mediaType: 'application/pdf' }
    const answers: [string, string, number, unknown?][] = [
      ['GET', '/messages', 200],
      ['GET', '/messages/send?to=%2B15105553344&body=Hi', 201],
      ['GET', `/messages/${id}`, 200],
      ['GET', `/messages/${id}/relatedReceivedMessages`, 200],
      ['GET', '/profile', 200],
      ['GET', '/webhooks', 200],
      ['GET', `/webhooks/${made.id}`, 200],
      ['POST', `/webhooks/${made.id}`, 200, webhook],
      ['DELETE', `/webhooks/${made.id}`, 200],
      ['GET', '/blocked-numbers', 200],
      ['POST', '/blocked-numbers', 200, ['15105553344']],
      ['POST', '/rmm/pre-sign-attachment', 200, attachment],
      ['POST', '/credit/transfer', 403, {}],
      ['PUT', `/webhooks/${made.id}`, 404, webhook],
      ['DELETE', `/messages/${id}`, 404],
      ['DELETE', '/blocked-numbers', 404],
      ['GET', '/contacts', 404],
      ['GET', '/groups', 404],
      ['GET', '/credits', 404],
    ]
    for (const [method, path, status, json] of answers) {
      expect((await call(method, path, json)).status, `${method} ${path}`).toBe(status)
    }
  })

  it.each(['', 'Basic d3Jvbmc6c2VjcmV0', 'Bearer token'])(
    'When it is asked with "%s", then 401',
    async (given) => {
      expect(await call('GET', '/profile', undefined, given)).toMatchObject({ status: 401, text: '' })
    },
  )

  it('When a text is submitted, then parts and cost have no value yet, and later have', async () => {
    const { status, body } = await call('POST', '/messages', [entry])
    expect(status).toBe(201)
    expect(body).toMatchObject([
      {
        to: '15105553344',
        status: { id: 'ACCEPTED.null', type: 'ACCEPTED', subtype: null },
        numberOfParts: null,
        creditCost: null,
      },
    ])
    await stage.sandbox.settle()
    expect((await call('GET', '/messages')).body).toMatchObject([{ numberOfParts: 1, creditCost: 1 }])
  })

  it('When it answers, then ids are numbers that JSON.parse would round', async () => {
    const { text } = await call('POST', '/messages', [entry])
    expect(text).toContain('"id":1674811778896240641,')
  })

  it.each([
    ['an unknown field', [{ ...entry, priority: 1 }]],
    ['a bad number among good ones', [entry, { ...entry, to: 'Jordan' }]],
    ['no body', [{ to: entry.to }]],
    ['a userSuppliedId of 21 characters', [{ ...entry, userSuppliedId: 'x'.repeat(21) }]],
    ['more than 3 parts', [{ ...entry, body: 'a'.repeat(153 * 3 + 1) }]],
    ['a sender of 12 characters', [{ ...entry, from: { type: 'ALPHANUMERIC', address: 'HarborDental' } }]],
    ['nothing', []],
  ])('When a submission has %s, then all of it fails with 400', async (_what, body) => {
    expect(await call('POST', '/messages', body)).toMatchObject({ status: 400, body: problem('bad-request') })
    expect(stage.sandbox.sentTexts()).toEqual([])
  })

  it.each([
    'deduplication-id=2147483648',
    'deduplication-id=x',
    'auto-unicode=yes',
    'schedule-date=2026-12-01',
    'x=1',
  ])('When the query is %s, then 400', async (query) => {
    expect((await call('POST', `/messages?${query}`, entry)).status).toBe(400)
  })

  it('When auto-unicode is not on, then characters that are not GSM become question marks', async () => {
    await call('POST', '/messages', { ...entry, body: 'a`б' })
    expect(stage.sandbox.sentTexts()).toMatchObject([{ body: 'a??', encoding: 'TEXT' }])
  })

  it('When words hold its placeholders, then fields and names take their place', async () => {
    const to = { address: '+15105553344', fields: ['Jo', 'Friday'] }
    await call('POST', '/messages', { to, body: 'Hi {F0###}{fn##}, {F1}' })
    expect(stage.sandbox.sentTexts()).toMatchObject([{ body: 'Hi Jo, Frid' }])
  })

  it('When a text is for later, then credits go at once, and it is listed only when its time came', async () => {
    const at = new Date(stage.clock.now() + 3_600_000).toISOString().slice(0, 19)
    const { body } = await call('POST', `/messages?schedule-date=${at}Z`, entry)
    expect(body).toMatchObject([{ status: { type: 'SCHEDULED' } }])
    expect(stage.sandbox.state.credits).toBe(499)
    expect((await call('GET', '/messages')).body).toEqual([])

    stage.clock.advance(3_600_000)
    await stage.sandbox.settle()
    expect((await call('GET', '/messages')).body).toMatchObject([{ status: { type: 'DELIVERED' } }])
  })

  it('When a text goes to 1111111, then it fails and costs nothing', async () => {
    await call('POST', '/messages', { ...entry, to: '1111111' })
    await stage.sandbox.settle()
    expect(stage.sandbox.state.credits).toBe(500)
    expect((await call('GET', '/messages')).body).toMatchObject([{ status: { id: 'FAILED.NOT_SENT' } }])
  })

  it('When messages are listed, then newest first, or as the filter and order say', async () => {
    await call('POST', '/messages', { ...entry, userSuppliedId: 'a' })
    await call('POST', '/messages', { ...entry, userSuppliedId: 'b' })
    stage.sandbox.receive('+15105553344', 'Yes')
    const suppliedIds = async (query: string) => {
      const { body } = await call('GET', `/messages?${query}`)
      return (body as { userSuppliedId?: string }[]).map(({ userSuppliedId }) => userSuppliedId)
    }
    const filter = (text: string) => `filter=${encodeURIComponent(text)}`
    expect(await suppliedIds('limit=3')).toEqual([undefined, 'b', 'a'])
    expect(await suppliedIds(filter('type=SENT'))).toEqual(['b', 'a'])
    expect(await suppliedIds(`${filter('type=SENT&userSuppliedId=a')}`)).toEqual(['a'])
    expect(await suppliedIds(`sortOrder=ASCENDING&limit=1`)).toEqual(['a'])
    expect(await suppliedIds(filter('type=SENT&id>1674811778896240641'))).toEqual(['b'])
  })

  it.each(['to=15105553344', 'id=5', 'type=ALL', 'submission.date>=2026-01-01', 'userSuppliedId=a'])(
    'When the filter is %s, then 400 tells why in `detail`',
    async (filter) => {
      const answer = await call('GET', `/messages?filter=${encodeURIComponent(filter)}`)
      expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringMatching(/\w/) } })
    },
  )

  it('When a reply follows a text that can be replied to, then it names the text', async () => {
    const sent = (await call('POST', '/messages', entry)).body as { id: string }[]
    stage.sandbox.receive('+15105553344', 'Yes')
    const { body } = await call('GET', `/messages/${sent[0]?.id}/relatedReceivedMessages`)
    expect(body).toMatchObject([{ type: 'RECEIVED', body: 'Yes', relatedSentMessageId: sent[0]?.id }])
  })

  it('When a webhook is created, then its name is unique, and it is called with [] first', async () => {
    const webhook = { name: 'One', url: stage.hooks.url, triggerScope: 'SENT' }
    stage.hooks.answers.push(500)
    expect(await call('POST', '/webhooks', webhook)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('Invoking the Webhook URL caused an error') },
    })
    expect((await call('POST', '/webhooks', webhook)).body).toMatchObject({ name: 'One', active: true })
    expect((await call('POST', '/webhooks', webhook)).status).toBe(400)
    expect((await call('POST', '/webhooks', { ...webhook, name: 'Two', triggerScope: 'sent' })).status).toBe(
      400,
    )
  })

  it('When its secrets and private texts are asked for, then they are all there', async () => {
    await stage.registered()
    await call('POST', '/messages', { ...entry, body: 'Your appointment is at nine' })
    expect(stage.sandbox.secrets()).toEqual(
      expect.arrayContaining(['t3st!Secret#', basic.slice('Basic '.length), 'hook-s3cret']),
    )
    expect(stage.sandbox.privateTexts()).toEqual(['Your appointment is at nine', '15105553344'])
  })
})
