import { generateKeyPairSync, randomBytes } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import type { Grant } from './token-book.ts'

/** Makes what only the platform can make: access tokens (JWT, RS256), refresh tokens, codes. */
export type TokenMint = {
  accessToken(grant: Grant, issuedAtMs: number, lifetimeS: number): string
  opaque(): string
}

export function createTokenMint(clientId: string): TokenMint {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    accessToken({ holder, scopes }, issuedAtMs, lifetimeS) {
      const issuedAtS = Math.floor(issuedAtMs / 1000)
      const ownerId = holder.kind === 'location' ? holder.locationId : holder.companyId
      return jsonwebtoken.sign(
        {
          authClass: holder.kind === 'location' ? 'Location' : 'Company',
          authClassId: ownerId,
          primaryAuthClassId: ownerId,
          source: 'INTEGRATION',
          sourceId: clientId,
          channel: 'OAUTH',
          oauthMeta: { scopes },
          jti: randomBytes(12).toString('hex'),
          iat: issuedAtS,
          exp: issuedAtS + lifetimeS,
        },
        privateKey,
        { algorithm: 'RS256' },
      )
    },
    opaque: () => randomBytes(36).toString('base64url'),
  }
}
