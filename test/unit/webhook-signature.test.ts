import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSignatureCheck } from '../../server/webhooks/webhook-signature.ts'

const pem = (key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }): string =>
  String(key.export({ type: 'spki', format: 'pem' }))

const current = generateKeyPairSync('ed25519')
const next = generateKeyPairSync('ed25519')
const retired = generateKeyPairSync('rsa', { modulusLength: 2048 })

const check = createSignatureCheck({ ed25519: pem(current.publicKey) + pem(next.publicKey), rsa: undefined })
const signed = (body: Buffer, key = current.privateKey) => sign(null, body, key).toString('base64')

/** All validly signed, and all changed by parsing and writing again. */
const bodies = [
  '{"a":1}',
  '{ "a" : 1 }',
  '{"a":"\\u00e9"}',
  '{"a":"\\/"}',
  '{"a":1.0}',
  '{"2":1,"1":2}',
  '{"a":12345678901234567890}',
  '{"a":1,"a":2}',
  '{"a":1}\n',
  '{"a":"Zoë 👋"}',
]

describe('webhook signature', () => {
  it.each(bodies)('When the very bytes were signed (%j), then it is good', async (text) => {
    const body = Buffer.from(text)
    expect(await check(body, { ed25519: signed(body), rsa: undefined })).toBe(true)
  })

  it('When the platform changes its key, then both are good meanwhile', async () => {
    const body = Buffer.from('{}')
    expect(await check(body, { ed25519: signed(body, next.privateKey), rsa: undefined })).toBe(true)
  })

  it.each([undefined, '', 'N/A', 'n/a', '%%%', 'AAAA', 'x'.repeat(5_000)])(
    'When the signature is %j, then it is refused',
    async (header) => {
      expect(await check(Buffer.from('{}'), { ed25519: header, rsa: header })).toBe(false)
    },
  )

  it('When one byte was changed, then it is refused', async () => {
    const signature = signed(Buffer.from('{"a":1}'))
    expect(await check(Buffer.from('{"a":2}'), { ed25519: signature, rsa: undefined })).toBe(false)
  })

  it('When only the retired signature is there, then it counts with its key configured and not without', async () => {
    const body = Buffer.from('{}')
    const rsa = sign('sha256', body, retired.privateKey).toString('base64')
    expect(await check(body, { ed25519: undefined, rsa })).toBe(false)
    const lenient = createSignatureCheck({ ed25519: pem(current.publicKey), rsa: pem(retired.publicKey) })
    expect(await lenient(body, { ed25519: undefined, rsa })).toBe(true)
    expect(await lenient(body, { ed25519: rsa, rsa: signed(body) })).toBe(false)
  })
})
