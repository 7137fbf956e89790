import { reconnectRequired } from '../errors.ts'
import type { TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import { type Cipher, CipherError } from './cipher.ts'
import type { Installation } from './installation-repository.ts'

export type TokenSealer = ReturnType<typeof createTokenSealer>

/** Tokens to and from their sealed columns; each is bound to its owner and to what it is. */
export function createTokenSealer(parts: { cipher: Cipher; installUrl: string; now: () => number }) {
  const { cipher, installUrl, now } = parts

  const binding = (owner: TokenOwner, use: 'access' | 'refresh') =>
    `${owner.kind}:${owner.kind === 'location' ? owner.locationId : owner.companyId}:${use}`

  /** A key that is gone makes the stored tokens worthless: only a new install mends that. */
  function open(owner: TokenOwner, use: 'access' | 'refresh', envelope: string | null): string | null {
    try {
      return envelope === null ? null : cipher.open(envelope, binding(owner, use))
    } catch (error) {
      if (!(error instanceof CipherError)) throw error
      const message =
        'The stored connection to the CRM cannot be read any more. An admin has to connect again.'
      throw reconnectRequired(installUrl, message, error)
    }
  }

  return {
    /** The columns of a fresh grant. A grant without a refresh token leaves the one that is there. */
    columnsOf(owner: TokenOwner, grant: TokenGrant) {
      const at = new Date(now())
      return {
        status: 'active' as const,
        accessToken: cipher.seal(grant.accessToken, binding(owner, 'access')),
        accessExpiresAt: new Date(at.getTime() + grant.expiresInMs),
        refreshedAt: at,
        updatedAt: at,
        ...(grant.refreshToken === null
          ? {}
          : { refreshToken: cipher.seal(grant.refreshToken, binding(owner, 'refresh')) }),
        ...(grant.scopes.length === 0 ? {} : { scopes: grant.scopes }),
      }
    },

    /** @throws {AppError} `reconnect_required` when it cannot be opened */
    openAccess: (owner: TokenOwner, row: Installation) => open(owner, 'access', row.accessToken),

    /** @throws {AppError} `reconnect_required` when it cannot be opened */
    openRefresh: (owner: TokenOwner, row: Installation) => open(owner, 'refresh', row.refreshToken),
  }
}
