import { createHash } from 'node:crypto'
import type { Clock } from '../../support/clock.ts'
import type { SandboxBehaviour } from '../sandbox-behaviour.ts'
import type { TokenMint } from './token-mint.ts'

export type TokenHolder =
  { kind: 'location'; locationId: string; companyId: string } | { kind: 'company'; companyId: string }

/** What somebody approved once; every token of the family stands on it. */
export type Grant = {
  holder: TokenHolder
  userId: string
  scopes: string[]
  /** The locations that an agency user chose. */
  approvedLocations: string[]
}

export type TokenPair = {
  accessToken: string
  refreshToken: string
  refreshTokenId: string
  expiresInS: number
}

type AccessEntry = { grant: Grant; expiresAtMs: number }
type RefreshEntry = {
  grant: Grant
  expiresAtMs: number
  usedAtMs: number | null
  successor: TokenPair | null
}

export type TokenBook = {
  issue(grant: Grant, lifetimeS?: number): TokenPair
  /** Undefined for a token that was never handed out; `live` is false for an expired or revoked one. */
  lookUp(accessToken: string): { grant: Grant; live: boolean } | undefined
  /** Null for a refresh token that is unknown, spent, or expired. */
  grantOfRefreshToken(refreshToken: string): Grant | null
  rotate(refreshToken: string): TokenPair
  /** Access tokens stop working, refresh tokens go on: of one location or company, or all. */
  expireAccess(ownerId?: string): void
  /** Neither works any more. */
  revoke(ownerId?: string): void
  issued(): string[]
}

/** @see https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0 about a day, then a refresh; the same answer for 30 s */
const accessLifetimeS = 86_399
const refreshLifetimeMs = 365 * 24 * 3600 * 1000
const reuseGraceMs = 30_000

const ownerIdOf = ({ holder }: Grant) => (holder.kind === 'location' ? holder.locationId : holder.companyId)

export function createTokenBook(parts: {
  clock: Clock
  mint: TokenMint
  behaviour: SandboxBehaviour
}): TokenBook {
  const { clock, mint, behaviour } = parts
  const access = new Map<string, AccessEntry>()
  const refresh = new Map<string, RefreshEntry>()

  const concerns = (grant: Grant, ownerId: string | undefined) =>
    ownerId === undefined || ownerIdOf(grant) === ownerId

  const issue = (grant: Grant, lifetimeS = accessLifetimeS): TokenPair => {
    const now = clock.now()
    const accessToken = mint.accessToken(grant, now, lifetimeS)
    const refreshToken = mint.opaque()
    access.set(accessToken, { grant, expiresAtMs: now + lifetimeS * 1000 })
    refresh.set(refreshToken, {
      grant,
      expiresAtMs: now + refreshLifetimeMs,
      usedAtMs: null,
      successor: null,
    })
    const refreshTokenId = createHash('sha256').update(refreshToken).digest('hex').slice(0, 24)
    return { accessToken, refreshToken, refreshTokenId, expiresInS: lifetimeS }
  }

  const expireAccess = (ownerId?: string) => {
    for (const entry of access.values()) if (concerns(entry.grant, ownerId)) entry.expiresAtMs = 0
  }
  const revoke = (ownerId?: string) => {
    expireAccess(ownerId)
    for (const entry of refresh.values()) if (concerns(entry.grant, ownerId)) entry.expiresAtMs = 0
  }
  const revokeFamily = (grant: Grant) => {
    for (const entry of access.values()) if (entry.grant === grant) entry.expiresAtMs = 0
    for (const entry of refresh.values()) if (entry.grant === grant) entry.expiresAtMs = 0
  }

  /** The entry that may be used now: fresh, or spent within the grace. */
  const usable = (refreshToken: string): RefreshEntry | null => {
    const entry = refresh.get(refreshToken)
    if (!entry || entry.expiresAtMs <= clock.now()) return null
    if (entry.usedAtMs === null) return entry
    if (behaviour.refreshReuse === 'revoke') revokeFamily(entry.grant)
    const inGrace = clock.now() - entry.usedAtMs <= reuseGraceMs
    return behaviour.refreshReuse === 'grace' && inGrace ? entry : null
  }

  return {
    issue,
    lookUp(accessToken) {
      const entry = access.get(accessToken)
      return entry && { grant: entry.grant, live: entry.expiresAtMs > clock.now() }
    },
    grantOfRefreshToken: (refreshToken) => usable(refreshToken)?.grant ?? null,
    rotate(refreshToken) {
      const entry = refresh.get(refreshToken)
      if (!entry) throw new Error('No such refresh token')
      entry.usedAtMs ??= clock.now()
      entry.successor ??= issue(entry.grant)
      return entry.successor
    },
    expireAccess,
    revoke,
    issued: () => [...access.keys(), ...refresh.keys()],
  }
}
