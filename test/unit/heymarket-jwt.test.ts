import { expect, test } from 'vitest'
import { signHeymarketJwt } from '../../server/providers/heymarket-jwt.ts'

const credentials = { secretId: 'test-secret-id', secretKey: 'test-secret-key' }

test('When a token is signed, then it is HS256 with the key `id||key`, as the reference computed it', () => {
  expect(signHeymarketJwt(credentials, 1_700_000_000_000)).toBe(
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ0ZXN0LXNlY3JldC1pZCIsImlhdCI6MTcwMDAwMDAwMH0.mgNvFmoBBZjj3WdSsH2eyfPxIJzbTjxQYlFLRa4RLxc',
  )
})

test('When a token is read, then it holds who and since when in whole seconds, and no end', () => {
  const [header = '', payload = ''] = signHeymarketJwt(credentials, 1_700_000_000_999).split('.')
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  expect(read(header)).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(read(payload)).toEqual({ iss: 'test-secret-id', iat: 1_700_000_000 })
})
