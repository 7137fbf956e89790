import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { type HeymarketStage, sender, startHeymarketStage, textTo } from './heymarket-stage.ts'

let stage: HeymarketStage
const sendPath = '/v1/message/send'
const phone = '+15105553344'

beforeEach(async () => {
  stage = await startHeymarketStage()
})
afterEach(() => stage.heymarket.close())

describe('a text that is taken', () => {
  test('When it is sent, then number without `+`, inbox, member and our `local_id` go along', async () => {
    const text = textTo(phone)
    const outcome = await stage.adapter.send(text)
    const [message] = stage.heymarket.sentTexts()
    expect(outcome).toEqual({ kind: 'accepted', providerMessageId: String(message?.id) })
    expect(stage.callsOf(sendPath).map(({ body }) => body)).toEqual([
      {
        inbox_id: sender.inboxId,
        creator_id: sender.creatorId,
        phone_number: '15105553344',
        text: text.text,
        local_id: text.dedupe.text,
      },
    ])
  })

  test('When it has one attachment, then that goes as `media_url`', async () => {
    const mediaUrls = ['https://files.example/menu.png']
    expect(await stage.adapter.send(textTo(phone, { text: '', mediaUrls }))).toMatchObject({
      kind: 'accepted',
    })
    expect(stage.heymarket.sentTexts()).toMatchObject([{ text: '', media: mediaUrls[0] }])
  })

  test('When six minutes pass between two, then each is signed anew, for a token lasts five', async () => {
    await stage.adapter.send(textTo(phone))
    stage.clock.advance(6 * 60_000)
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'accepted' })
  })
})

describe('a text that is not worth a call', () => {
  test.each([
    ['two attachments', { mediaUrls: ['https://a.example/1.png', 'https://a.example/2.png'] }, 'rejected'],
    ['no words', { text: '  ' }, 'rejected'],
    ['a placeholder that Heymarket may fill', { text: 'Hi {{first_name}}' }, 'rejected'],
    ['no phone number', { to: '5553344' }, 'bad_number'],
  ])('When it has %s, then it is refused here', async (_what, changes, reason) => {
    expect(await stage.adapter.send(textTo(phone, changes))).toMatchObject({ kind: 'refused', reason })
    expect(stage.heymarket.calls).toEqual([])
  })
})

describe('a text that is refused', () => {
  test('When the person opted out, then that is told from `contact/status`, for a 400 has no known shape', async () => {
    stage.heymarket.addContact({ phone, is_opted_out: true })
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'refused', reason: 'opted_out' })
    expect(stage.callsOf('/v1/contact/status')).toHaveLength(1)
  })

  test('When the contact is blocked, then it is as an opt-out', async () => {
    stage.heymarket.addContact({ phone, is_blocked: true })
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ reason: 'opted_out' })
  })

  test('When a 400 has no such ground, then it is refused for good', async () => {
    stage.heymarket.faults.add({ path: sendPath, status: 400, body: '<html>' })
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'refused', reason: 'rejected' })
    expect(stage.callsOf(sendPath)).toHaveLength(1)
  })

  test('When the member is not of the inbox (403), then this text alone is refused', async () => {
    const settings = { ...sender, creatorId: heymarketIds.member.cleo }
    expect(await stage.connect({ settings }).send(textTo(phone))).toMatchObject({
      kind: 'refused',
      reason: 'rejected',
    })
  })
})

describe('credentials', () => {
  test('When the secret is wrong, then it is signed once more and then given up', async () => {
    const credentials = { ...stage.heymarket.credentials(), secretKey: 'wrong' }
    expect(await stage.connect({ credentials }).send(textTo(phone))).toMatchObject({
      kind: 'refused',
      reason: 'credentials',
    })
    expect(stage.callsOf(sendPath)).toHaveLength(2)
  })

  test('When a 401 passes, then the text goes out once', async () => {
    stage.heymarket.faults.add({ path: sendPath, status: 401 })
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'accepted' })
    expect(stage.heymarket.sentTexts()).toHaveLength(1)
  })

  test('When our clock is five minutes late, then the token is refused', async () => {
    const now = () => stage.clock.now() - 300_000
    expect(await stage.connect({ now }).send(textTo(phone))).toMatchObject({ reason: 'credentials' })
  })
})

describe('a text of which nobody knows', () => {
  test('When 429 comes, then it was not sent, and waits though no `Retry-After` says how long', async () => {
    stage.heymarket.faults.add({ path: sendPath, status: 429 })
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'not_sent', retryAfterMs: 45_000 })
    expect(stage.heymarket.sentTexts()).toEqual([])
  })

  test('When nothing listens there, then it was provably not sent', async () => {
    await stage.heymarket.close()
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'not_sent' })
  })

  test('When the answer is lost, then the text is found by its `local_id` and not sent again', async () => {
    stage.heymarket.faults.add({ path: sendPath, loseAnswer: true })
    const outcome = await stage.adapter.send(textTo(phone))
    const [message] = stage.heymarket.sentTexts()
    expect(outcome).toEqual({ kind: 'accepted', providerMessageId: String(message?.id) })
    expect(stage.callsOf(sendPath)).toHaveLength(1)
  })

  test('When the answer cannot be read, then the text is looked for, too', async () => {
    stage.heymarket.faults.add({ path: sendPath, malformed: true })
    expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'accepted' })
  })

  test.each([
    ['a reset', { reset: true }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
  ])(
    'When %s comes and the text is not found, then it is unknown and not to be repeated',
    async (_what, fault) => {
      stage.heymarket.faults.add({ path: sendPath, ...fault })
      expect(await stage.adapter.send(textTo(phone))).toMatchObject({ kind: 'unknown', isRepeatable: false })
      expect(stage.callsOf('/v1/messages/all')).not.toEqual([])
    },
  )

  test('When the answer is lost and looking fails, too, then it is unknown, and a later reading tells', async () => {
    const since = new Date(stage.clock.now())
    stage.heymarket.faults.add({ path: sendPath, loseAnswer: true })
    stage.heymarket.faults.add({ path: '/v1/messages/all', status: 502 })
    const text = textTo(phone)
    expect(await stage.adapter.send(text)).toEqual({ kind: 'unknown', isRepeatable: false })
    const reports = await stage.adapter.readReports({ providerMessageIds: [], since })
    expect(reports).toMatchObject([{ dedupeText: text.dedupe.text, state: 'accepted' }])
  })

  test('When no answer comes in time, then it is unknown while it is under way, and a later reading finds it', async () => {
    const since = new Date(stage.clock.now())
    stage.heymarket.faults.add({ path: sendPath, delayMs: 300 })
    const text = textTo(phone)
    const outcome = await stage.connect({ timeoutMs: 100 }).send(text)
    expect(outcome).toEqual({ kind: 'unknown', isRepeatable: false })
    await vi.waitFor(() => expect(stage.heymarket.sentTexts()).toHaveLength(1))
    expect(await stage.adapter.readReports({ providerMessageIds: [], since })).toMatchObject([
      { dedupeText: text.dedupe.text },
    ])
  })

  test('When a single text is repeated with its `local_id`, then it goes out twice, so we never do', async () => {
    const text = textTo(phone)
    await stage.adapter.send(text)
    await stage.adapter.send(text)
    expect(stage.heymarket.sentTexts()).toHaveLength(2)
  })
})
