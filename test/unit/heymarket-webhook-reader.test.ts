import { describe, expect, test } from 'vitest'
import { readHeymarketWebhook } from '../../server/providers/heymarket-webhook-reader.ts'

const inboxId = 42

function read(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readHeymarketWebhook({ body: Buffer.from(text), headers: {}, query: {} }, { inboxId })
}

/** The documents' own example. */
const message = {
  id: 9_980_041,
  text: 'What are your hours?',
  type: '…',
  status: '…',
  date: '2026-04-12T15:30:00Z',
  phone: '15105553344',
  target: '15105553344',
  user: 0,
  media: '',
  local_id: '',
  conversation: {
    id: 9920,
    inbox: 42,
    target: '15105553344',
    status: '…',
    assigned: 7,
    updated: '2026-04-12T15:30:00Z',
  },
}
const call = (type: string, data: unknown) => ({ type, id: 123, token: 'TOKEN', event_data: data })

describe('replies', () => {
  test('When the misspelt `message_recieved` comes, then it is a text from that number in E.164', () => {
    expect(read(call('message_recieved', message))).toEqual([
      {
        kind: 'inbound',
        providerMessageId: '9980041',
        from: '+15105553344',
        to: null,
        text: 'What are your hours?',
        mediaUrls: [],
        answersMessageId: null,
        at: new Date('2026-04-12T15:30:00Z'),
      },
    ])
  })

  test('When the vendor mends the spelling, then replies go on', () => {
    expect(read(call('message_received', message))).toMatchObject([{ kind: 'inbound' }])
  })

  test('When a picture comes, then its address is kept', () => {
    const withPicture = { ...message, text: null, media: 'https://media.example/1.jpg' }
    expect(read(call('message_recieved', withPicture))).toMatchObject([
      { text: '', mediaUrls: ['https://media.example/1.jpg'] },
    ])
  })

  test('When the message id is longer than a number of JavaScript, then no digit is lost', () => {
    const body = JSON.stringify(call('message_recieved', message)).replace('9980041', '9007199254740993123')
    expect(read(body)).toMatchObject([{ providerMessageId: '9007199254740993123' }])
  })

  test("When it came to another inbox of the team, then it is not this connection's", () => {
    const elsewhere = { ...message, conversation: { ...message.conversation, inbox: 43 } }
    expect(read(call('message_recieved', elsewhere))).toEqual([{ kind: 'other', type: 'message_recieved' }])
  })

  test('When it is an e-mail, then it is nothing to us', () => {
    const email = { ...message, phone: '', target: 'x@example.com', conversation: null }
    expect(read(call('message_recieved', email))).toEqual([{ kind: 'other', type: 'message_recieved' }])
  })
})

describe('what was sent', () => {
  test('When `message_sent` comes, then it is a state with our `local_id`', () => {
    const sent = { ...message, user: 7, local_id: 'ours', status: 'delivered' }
    expect(read(call('message_sent', sent))).toMatchObject([
      { kind: 'status', providerMessageId: '9980041', dedupeText: 'ours', state: 'delivered' },
    ])
  })

  test('When the status is a word that nobody listed, then it is unknown and the word is kept', () => {
    const odd = { ...message, status: 'carrier_review' }
    expect(read(call('message_sent', odd))).toMatchObject([{ state: 'unknown', raw: 'carrier_review' }])
  })
})

describe('opt-outs', () => {
  test.each(['phone', 'target'])('When the number is in `%s`, then it is found', (field) => {
    expect(read(call('target_opt_out', { [field]: '15105553344' }))).toEqual([
      { kind: 'opt_out', phone: '+15105553344', at: null },
    ])
  })

  test('When somebody opts back in, then that is told', () => {
    expect(read(call('target_opt_in', { target: 15_105_553_344 }))).toMatchObject([
      { kind: 'opt_in', phone: '+15105553344' },
    ])
  })

  test('When no number is in it, then nothing is made up', () => {
    expect(read(call('target_opt_out', { id: 5 }))).toEqual([{ kind: 'other', type: 'target_opt_out' }])
  })
})

describe('anything else', () => {
  test.each(['chat_closed', 'incoming_call', 'target_double_opt_in', 'brand_new'])(
    'When it is `%s`, then it is nothing to us',
    (type) => {
      expect(read(call(type, {}))).toEqual([{ kind: 'other', type }])
    },
  )

  test('When it is of the older kind with `event`, then it is not read', () => {
    expect(read({ event: 'message_received', event_data: message })).toBeUndefined()
  })

  test.each(['', 'not json', '[]', '"text"', '{"type":7}'])(
    'When the body is %j, then it is not read',
    (body) => {
      expect(read(body)).toBeUndefined()
    },
  )
})
