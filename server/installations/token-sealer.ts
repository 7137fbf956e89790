import type { TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import type { Cipher } from './cipher.ts'
import type { Installation } from './installation-repository.ts'

export type TokenSealer = ReturnType<typeof createTokenSealer>

/** Tokens to and from their sealed columns; each is bound to its owner and to what it is. */
export function createTokenSealer({ cipher, now }: { cipher: Cipher; now: () => number }) {
  const binding = (owner: TokenOwner, use: 'access' | 'refresh') =>
    `${owner.kind}:${owner.kind === 'location' ? owner.locationId : owner.companyId}:${use}`

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

    /** @throws {CipherError} */
    openAccess(owner: TokenOwner, { accessToken }: Installation): string | null {
      return accessToken === null ? null : cipher.open(accessToken, binding(owner, 'access'))
    },

    /** @throws {CipherError} */
    openRefresh(owner: TokenOwner, { refreshToken }: Installation): string | null {
      return refreshToken === null ? null : cipher.open(refreshToken, binding(owner, 'refresh'))
    },
  }
}
