import { AppError, reconnectRequired } from '../errors.ts'
import type { TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import { type Cipher, CipherError, KeyMissingError } from './cipher.ts'
import { keyOfOwner } from './installation-owner.ts'
import type { Installation } from './installation-repository.ts'

/** A key that has sealed something this lately is still in use, by a process that has it. */
const keyInUseMs = 3_600_000

type SealedRow = Pick<Installation, 'accessToken' | 'refreshToken' | 'updatedAt'>

export type TokenSealer = ReturnType<typeof createTokenSealer>

/** Tokens to and from their sealed columns; each is bound to its owner and to what it is. */
export function createTokenSealer(parts: { cipher: Cipher; installUrl: string; now: () => number }) {
  const { cipher, installUrl, now } = parts

  const binding = (owner: TokenOwner, use: 'access' | 'refresh') => `${keyOfOwner(owner)}:${use}`
  /** By row, since a row that is kept for a while serves many requests. */
  const opened = new WeakMap<Installation, string | null>()

  function open(owner: TokenOwner, use: 'access' | 'refresh', row: SealedRow): string | null {
    const envelope = use === 'access' ? row.accessToken : row.refreshToken
    try {
      return envelope === null ? null : cipher.open(envelope, binding(owner, use))
    } catch (error) {
      throw error instanceof CipherError ? unreadable(row, error) : error
    }
  }

  /** A key that is gone makes the stored tokens worthless: only a new install mends that. */
  function unreadable({ updatedAt }: SealedRow, cause: CipherError): AppError {
    if (cause instanceof KeyMissingError && updatedAt.getTime() + keyInUseMs > now()) {
      const message = 'The stored connection to the CRM cannot be read right now. Please try again.'
      return new AppError('upstream_unavailable', message, { cause, retryable: true })
    }
    const message = 'The stored connection to the CRM cannot be read any more. An admin has to connect again.'
    return reconnectRequired(installUrl, message, cause)
  }

  function openAccess(owner: TokenOwner, row: Installation): string | null {
    const known = opened.get(row)
    if (known !== undefined) return known
    const token = open(owner, 'access', row)
    opened.set(row, token)
    return token
  }

  function resealed(owner: TokenOwner, use: 'access' | 'refresh', row: SealedRow): string | null {
    const text = open(owner, use, row)
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

    /** @throws {AppError} `isUnreadable` when it cannot be opened */
    openAccess,

    /** @throws {AppError} `isUnreadable` when it cannot be opened */
    openRefresh: (owner: TokenOwner, row: Installation) => open(owner, 'refresh', row),

    /** How everything begins that the newest key sealed. */
    newestPrefix: cipher.newestPrefix,

    hasOlderKeys: cipher.hasOlderKeys,

    /**
     * The same tokens under the newest key.
     * @throws {AppError} `isUnreadable` when they cannot be opened
     */
    reseal: (owner: TokenOwner, row: SealedRow) => ({
      accessToken: resealed(owner, 'access', row),
      refreshToken: resealed(owner, 'refresh', row),
      updatedAt: new Date(now()),
    }),
  }
}

/** Whether this process cannot open stored tokens, which says nothing of what the platform thinks of them. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof AppError && error.cause instanceof CipherError
}
