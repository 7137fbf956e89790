import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBulksmsAdapter } from '../../server/providers/bulksms-adapter.ts'
import { bulksmsText, type BulksmsStage, startBulksmsStage } from './bulksms-stage.ts'

let stage: BulksmsStage
const onSend = { method: 'POST', path: '/messages' }

beforeEach(async () => {
  stage = await startBulksmsStage()
})
afterEach(() => stage.close())

const lastCall = () => stage.sandbox.calls.at(-1)

describe('a text to BulkSMS', () => {
  it('When it is sent, then Basic authentication is what the document computes', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.end('[]')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const adapter = createBulksmsAdapter({
      baseUrl: `http://127.0.0.1:${port}`,
      credentials: { tokenId: 'TESTID-01-A', tokenSecret: 't3st!Secret#' },
      settings: { sender: null },
    })
    await adapter.send(bulksmsText())
    server.closeAllConnections()
    server.close()

    expect(seen).toEqual(['Basic VEVTVElELTAxLUE6dDNzdCFTZWNyZXQj'])
  })

  it('When it is sent, then it is one entry, auto-unicode, with a deduplication id and the contact', async () => {
    const text = bulksmsText({ dedupe: { text: 'x', number: 1_837_465_012 } })
    const outcome = await stage.adapter.send(text)

    expect(outcome).toEqual({ kind: 'accepted', providerMessageId: stage.sandbox.sentTexts()[0]?.id })
    expect(lastCall()).toMatchObject({
      query: { 'auto-unicode': 'true', 'deduplication-id': '1837465012' },
      body: [
        {
          to: '+15105553344',
          body: 'Hi Jordan',
          from: { type: 'REPLIABLE' },
          userSuppliedId: 'ocQHyuzHvysMo5N5VsXc',
          longMessageMaxParts: 10,
        },
      ],
    })
  })

  it('When ids come as JSON numbers of 19 digits, then no digit is lost', async () => {
    const outcome = await stage.adapter.send(bulksmsText())

    expect(stage.sandbox.behaviour.idsAs).toBe('numbers')
    expect(outcome).toEqual({ kind: 'accepted', providerMessageId: '1674811778896240641' })
  })

  it('When ids come as text, as the specification has it, then they are the same', async () => {
    stage.sandbox.behaviour.idsAs = 'text'

    expect(await stage.adapter.send(bulksmsText())).toMatchObject({
      providerMessageId: '1674811778896240641',
    })
  })

  it('When the contact id is longer than the 20 characters of userSuppliedId, then it stays out', async () => {
    expect(await stage.adapter.send(bulksmsText({ contactId: 'c'.repeat(21) }))).toMatchObject({
      kind: 'accepted',
    })
    expect(lastCall()?.body).toEqual([expect.not.objectContaining({ userSuppliedId: expect.anything() })])
  })

  it('When a sender is chosen, then it is the sender', async () => {
    await stage.adapterWith({ sender: 'HarborDent' }).send(bulksmsText())

    expect(stage.sandbox.sentTexts()).toMatchObject([{ from: 'HarborDent', isRepliable: false }])
  })

  it('When the sender is not registered with the account, then the text is refused', async () => {
    expect(await stage.adapterWith({ sender: 'Somebody' }).send(bulksmsText())).toMatchObject({
      kind: 'refused',
      reason: 'rejected',
    })
  })

  it('When a character is not of GSM 03.38, then it arrives, for auto-unicode is on', async () => {
    await stage.adapter.send(bulksmsText({ text: 'Привет `Jordan`' }))

    expect(stage.sandbox.sentTexts()).toMatchObject([{ body: 'Привет `Jordan`', encoding: 'UNICODE' }])
  })

  it('When a text has more than the 3 parts that are taken by default, then it goes out whole', async () => {
    const words = 'a'.repeat(153 * 10)
    expect(await stage.adapter.send(bulksmsText({ text: words }))).toMatchObject({ kind: 'accepted' })
    expect(stage.sandbox.sentTexts()).toMatchObject([{ body: words, numberOfParts: 10 }])
  })

  it.each([
    ['more than ten parts', { text: 'a'.repeat(153 * 10 + 1) }, 'rejected'],
    ['no words', { text: '' }, 'rejected'],
    ['a file, for there is no MMS', { mediaUrls: ['https://files.example/a.png'] }, 'rejected'],
    ['a placeholder of BulkSMS', { text: 'Hi {fn####}' }, 'rejected'],
    ['a field of BulkSMS', { text: 'Hi {F1###}' }, 'rejected'],
    ['no number', { to: 'Jordan' }, 'bad_number'],
    ['a number of one digit', { to: '+1' }, 'bad_number'],
  ])('When it has %s, then it is refused before any call', async (_what, fields, reason) => {
    expect(await stage.adapter.send(bulksmsText(fields))).toMatchObject({ kind: 'refused', reason })
    expect(stage.sandbox.calls).toEqual([])
  })

  it.each(['Hi {{name}}', 'Use {braces} or {first name}'])(
    'When it has braces that are no placeholder (%s), then it goes out',
    async (text) => {
      expect(await stage.adapter.send(bulksmsText({ text }))).toMatchObject({ kind: 'accepted' })
      expect(stage.sandbox.sentTexts()).toMatchObject([{ body: text }])
    },
  )
})

describe('a text that BulkSMS does not take', () => {
  it('When credits run out, then that is told, and nothing is sent', async () => {
    stage.sandbox.state.credits = 0

    expect(await stage.adapter.send(bulksmsText())).toMatchObject({ kind: 'refused', reason: 'no_credits' })
    expect(stage.sandbox.sentTexts()).toEqual([])
  })

  it('When the problem is written with a slash before its name, then it is the same', async () => {
    const body = { type: 'https://developer.bulksms.com/json/v1/errors/#insufficient-credits', status: 403 }
    stage.sandbox.faults.add({ ...onSend, status: 403, body })

    expect(await stage.adapter.send(bulksmsText())).toMatchObject({ reason: 'no_credits' })
  })

  it.each([
    [400, { type: 'https://developer.bulksms.com/json/v1/errors#bad-request' }, 'rejected'],
    [400, '<html>', 'rejected'],
    [401, '', 'credentials'],
    [403, { type: 'https://developer.bulksms.com/json/v1/errors#other' }, 'rejected'],
    [403, '', 'rejected'],
    [403, '<html>', 'rejected'],
    [404, '', 'rejected'],
  ])('When it answers %i with %j, then it is refused for good', async (status, body, reason) => {
    stage.sandbox.faults.add({ ...onSend, status, body })

    expect(await stage.adapter.send(bulksmsText())).toMatchObject({ kind: 'refused', reason })
  })

  it('When the secret is wrong, then the credentials are refused', async () => {
    const wrong = { tokenId: 'TESTID-01-A', tokenSecret: 'another' }

    expect(await stage.adapterWith({ sender: null }, wrong).send(bulksmsText())).toMatchObject({
      kind: 'refused',
      reason: 'credentials',
    })
  })

  it.each([
    [{ 'Retry-After': '30' }, 30_000],
    [{}, null],
  ])('When it answers 429 with %j, then it may be tried again after that', async (headers, retryAfterMs) => {
    stage.sandbox.faults.add({ ...onSend, status: 429, headers })

    expect(await stage.adapter.send(bulksmsText())).toMatchObject({ kind: 'not_sent', retryAfterMs })
  })

  it('When it answers 400 without a word, as seen with calls too close, then it may be tried again', async () => {
    stage.sandbox.faults.add({ ...onSend, status: 400, body: '' })

    expect(await stage.adapter.send(bulksmsText())).toMatchObject({ kind: 'not_sent', retryAfterMs: 1_000 })
  })
})

describe('a text of which nobody knows', () => {
  it.each([{ loseAnswer: true }, { malformed: true }, { reset: true }, { status: 500 }, { status: 503 }])(
    'When the first try ends with %j, then a repeat with the same id sends it once',
    async (fault) => {
      stage.sandbox.faults.add({ ...onSend, ...fault })
      const text = bulksmsText()

      expect(await stage.adapter.send(text)).toEqual({ kind: 'unknown', isRepeatable: true })
      const second = await stage.adapter.send(text)

      expect(stage.sandbox.sentTexts()).toHaveLength(1)
      expect(second).toEqual({ kind: 'accepted', providerMessageId: stage.sandbox.sentTexts()[0]?.id })
      expect(stage.sandbox.state.credits).toBe(499)
    },
  )

  it('When some 12 hours passed, then the id is forgotten and a repeat sends again', async () => {
    const text = bulksmsText()
    await stage.adapter.send(text)
    stage.clock.advance(12 * 3_600_000 - 1_000)
    await stage.adapter.send(text)
    expect(stage.sandbox.sentTexts()).toHaveLength(1)

    stage.clock.advance(1_000)
    await stage.adapter.send(text)
    expect(stage.sandbox.sentTexts()).toHaveLength(2)
  })

  it('When two different texts share an id, then the second is lost without a word: ids must be our own', async () => {
    const dedupe = { text: 'x', number: 77 }
    const first = await stage.adapter.send(bulksmsText({ dedupe }))

    expect(await stage.adapter.send(bulksmsText({ dedupe, to: '+15105553355' }))).toEqual(first)
    expect(stage.sandbox.sentTexts()).toHaveLength(1)
  })
})
