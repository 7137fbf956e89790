import { reconnectRequired } from '../errors.ts'
import type { TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import { type Cipher, CipherError } from './cipher.ts'
import { keyOfOwner } from './installation-owner.ts'
import type { Installation } from './installation-repository.ts'

export type TokenSealer = ReturnType<typeof createTokenSealer>

/** Tokens to and from their sealed columns; each is bound to its owner and to what it is. */
export function createTokenSealer(parts: { cipher: Cipher; installUrl: string; now: () => number }) {
  const { cipher, installUrl, now } = parts

  const binding = (owner: TokenOwner, use: 'access' | 'refresh') => `${keyOfOwner(owner)}:${use}`
  /** By row, since a row that is kept for a while serves many requests. */
  const opened = new WeakMap<Installation, string | null>()

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

  function openAccess(owner: TokenOwner, row: Installation): string | null {
    const known = opened.get(row)
    if (known !== undefined) return known
    const token = open(owner, 'access', row.accessToken)
    opened.set(row, token)
    return token
  }

  function resealed(owner: TokenOwner, use: 'access' | 'refresh', envelope: string | null): string | null {
    const text = open(owner, use, envelope)
    return text === null ? null : cipher.seal(text, binding(owner, use))
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
        refreshingSince: null,
        updatedAt: at,
        ...(grant.refreshToken === null
          ? {}
          : { refreshToken: cipher.seal(grant.refreshToken, binding(owner, 'refresh')) }),
        ...(grant.scopes.length === 0 ? {} : { scopes: grant.scopes }),
      }
    },

    /** @throws {AppError} `reconnect_required` when it cannot be opened */
    openAccess,

    /** @throws {AppError} `reconnect_required` when it cannot be opened */
    openRefresh: (owner: TokenOwner, row: Installation) => open(owner, 'refresh', row.refreshToken),

    /** How everything begins that the newest key sealed. */
    newestPrefix: cipher.newestPrefix,

    /**
     * The same tokens under the newest key.
     * @throws {AppError} `reconnect_required` when they cannot be opened
     */
    reseal: (owner: TokenOwner, row: Pick<Installation, 'accessToken' | 'refreshToken'>) => ({
      accessToken: resealed(owner, 'access', row.accessToken),
      refreshToken: resealed(owner, 'refresh', row.refreshToken),
    }),
  }
}
