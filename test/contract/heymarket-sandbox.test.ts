import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signHeymarketJwt } from '../../server/providers/heymarket-jwt.ts'
import { type HeymarketStage, sender, startHeymarketStage, textTo } from './heymarket-stage.ts'

let stage: HeymarketStage
const phone = '+15105553344'

beforeEach(async () => {
  stage = await startHeymarketStage()
})
afterEach(() => stage.heymarket.close())

function signedBy(token: string) {
  return fetch(`${stage.heymarket.origin}/v1/team`, { headers: { authorization: `Bearer ${token}` } })
}

function handmade(payload: object, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const { secretId, secretKey } = stage.heymarket.credentials()
  const text = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createHmac('sha256', `${secretId}||${secretKey}`).update(text).digest('base64url')}`
}

describe('the door', () => {
  test('When a token is five minutes old, then it is refused; a moment before, it is not', async () => {
    const token = signHeymarketJwt(stage.heymarket.credentials(), stage.clock.now())
    stage.clock.advance(299_000)
    expect((await signedBy(token)).status).toBe(200)
    stage.clock.advance(1_000)
    expect((await signedBy(token)).status).toBe(401)
  })

  test('When a token is not as documented, then it is refused', async () => {
    const iat = Math.floor(stage.clock.now() / 1000)
    const iss = stage.heymarket.credentials().secretId
    expect((await signedBy(handmade({ iss, iat }))).status).toBe(200)
    const odd = [
      handmade({ iss, iat, exp: iat + 60 }),
      handmade({ iss: 'somebody', iat }),
      handmade({ iss, iat: iat + 60 }),
      handmade({ iss, iat }, { alg: 'none', typ: 'JWT' }),
      `${handmade({ iss, iat })}x.y`,
      'opaque',
    ]
    for (const token of odd) expect((await signedBy(token)).status).toBe(401)
  })

  test('When two secrets are in force, then each opens it', async () => {
    const second = { id: 'second-secret', key: 'second-key' }
    stage.heymarket.state.apiSecrets.push(second)
    const credentials = { secretId: second.id, secretKey: second.key }
    expect((await stage.connect({ credentials }).checkCredentials()).name).toBe('Lakeside Dental')
  })

  test('When anything is answered, then `X-Request-Id` is on it, and a text is bare JSON', async () => {
    stage.heymarket.addContact({ phone })
    const body = { phone: '15105553344', status: 'blocked' }
    const answer = await stage.http.exchange({ method: 'POST', path: '/v1/contact/set_status', body })
    expect(answer).toMatchObject({ status: 200, text: '"success"', requestId: expect.any(String) })
  })

  test('When the 501st call of a minute comes, then 429 without a word on when to come back', async () => {
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, () => stage.http.exchange({ method: 'GET', path: '/v1/team' })),
      )
    }
    expect(stage.heymarket.calls.every(({ status }) => status === 200)).toBe(true)
    expect(await stage.http.exchange({ method: 'GET', path: '/v1/team' })).toMatchObject({
      status: 429,
      retryAfterMs: null,
    })
  })

  test.each([
    ['a number with `+`', { phone_number: phone }, 400],
    ['two targets', { phone_number: '15105553344', chat_id: 1 }, 400],
    ['no target', {}, 400],
    ['a field that nobody documented', { phone_number: '15105553344', conv_name: 'x' }, 400],
    ['an inbox that is not there', { phone_number: '15105553344', inbox_id: 1 }, 400],
    ['a comment to a number', { phone_number: '15105553344', private: true }, 400],
    ['a member of another inbox', { phone_number: '15105553344', creator_id: 9 }, 403],
  ])('When a text has %s, then it is refused', async (_what, changes, status) => {
    const body = { inbox_id: sender.inboxId, creator_id: sender.creatorId, text: 'Hi', ...changes }
    expect(await stage.http.exchange({ method: 'POST', path: '/v1/message/send', body })).toMatchObject({
      status,
    })
  })

  test('When a path is not documented, then 404', async () => {
    expect(await stage.http.exchange({ method: 'GET', path: '/v1/tasks' })).toMatchObject({ status: 404 })
  })
})

describe('its webhooks', () => {
  /** Takes webhooks; the first `refusals` of them with 503. */
  async function listener(refusals = 0) {
    const bodies: Record<string, unknown>[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
        response.writeHead(bodies.length <= refusals ? 503 : 200).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const token = stage.heymarket.setUpWebhook(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    )
    return { bodies, token, close: () => server.close() }
  }

  test('When somebody texts STOP, then the reply, misspelt, and the opt-out come with the token', async () => {
    const { bodies, token, close } = await listener()
    stage.heymarket.addContact({ phone })
    stage.heymarket.receive(phone, ' Stop all ')
    await stage.heymarket.settle()
    expect(bodies.map(({ type }) => type).toSorted()).toEqual(['message_recieved', 'target_opt_out'])
    expect(new Set(bodies.map((body) => body['token']))).toEqual(new Set([token]))
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(1)
    expect(stage.heymarket.contactByPhone(phone)).toMatchObject({ is_opted_out: true })
    close()
  })

  test('When an unknown number texts, then it is a contact, and START opts it in again', async () => {
    stage.heymarket.receive(phone, 'QUIT')
    stage.heymarket.receive(phone, 'unstop')
    expect(stage.heymarket.contactByPhone(phone)).toMatchObject({ is_opted_out: false })
  })

  test('When a text is sent by the API, then `message_sent` tells of it only where that is so', async () => {
    const { bodies, close } = await listener()
    await stage.adapter.send(textTo(phone))
    stage.heymarket.behaviour.tellsApiSends = true
    const text = textTo(phone)
    await stage.adapter.send(text)
    await stage.heymarket.settle()
    expect(bodies).toMatchObject([{ type: 'message_sent', event_data: { local_id: text.dedupe.text } }])
    close()
  })

  test('When one is refused, then it is lost, as one source has it', async () => {
    const { bodies, close } = await listener(1)
    stage.heymarket.receive(phone, 'Hello there')
    await stage.heymarket.settle()
    expect(bodies).toHaveLength(1)
    close()
  })

  test('When one is refused, then it comes again, as another has it', async () => {
    stage.heymarket.behaviour.webhookAttempts = 3
    const { bodies, close } = await listener(1)
    stage.heymarket.receive(phone, 'Hello there')
    await stage.heymarket.settle()
    expect(bodies).toHaveLength(2)
    close()
  })

  test('When repeats and disorder are ordered, then they come so', async () => {
    const { bodies, close } = await listener()
    stage.heymarket.webhooks.hold()
    const first = stage.heymarket.receive(phone, 'First of two')
    const second = stage.heymarket.receive(phone, 'Second of two')
    stage.heymarket.webhooks.repeat(2)
    stage.heymarket.webhooks.release('reversed')
    await stage.heymarket.settle()
    const ids = bodies.map(({ event_data: data }) => (data as { id: number }).id)
    expect(ids).toEqual([second.id, second.id, first.id, first.id])
    close()
  })
})
