import { createHmac } from 'node:crypto'
import type { HeymarketCredentials } from '../../shared/provider-contract.ts'

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/**
 * A token that Heymarket takes for five minutes from now; it holds no `exp`.
 * @see https://developers.heymarket.com/authentication The HMAC key is the secret's id and key with `||` between.
 */
export function signHeymarketJwt({ secretId, secretKey }: HeymarketCredentials, nowMs: number): string {
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { iss: secretId, iat: Math.floor(nowMs / 1000) },
  ]
    .map(encode)
    .join('.')
  const signature = createHmac('sha256', `${secretId}||${secretKey}`).update(signed).digest('base64url')
  return `${signed}.${signature}`
}
