import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import { BoundedMap } from '../bounded-map.ts'
import { AppError } from '../errors.ts'

const lifetimeMs = 15 * 60_000
const algorithm = 'HS256'
const audience = 'wrapup-session'
/** A page brings the same token with each request. */
const maxVerified = 5_000

export type SessionClaims = {
  userId: string
  companyId: string
  locationId: string
  installationId: string
}

export type SessionTokens = ReturnType<typeof createSessionTokens>

const payloadSchema = z.object({
  sub: z.string(),
  company: z.string(),
  location: z.string(),
  installation: z.string(),
  /** Seconds since 1970. */
  exp: z.number(),
})

/**
 * Our own short bearer token, which the page keeps in memory.
 * @param secrets newest first: the first signs, all of them verify
 */
export function createSessionTokens(parts: {
  secrets: readonly string[]
  issuer: string
  now: () => number
}) {
  const { issuer, now } = parts
  // A prepared key is checked some fifty times as fast as a string.
  const keys = parts.secrets.map((secret) => createSecretKey(Buffer.from(secret, 'utf8')))

  function issue(claims: SessionClaims): { token: string; expiresAt: Date } {
    const [newest] = keys
    if (!newest) throw new Error('there is no session secret')
    const iat = Math.floor(now() / 1000)
    const exp = iat + lifetimeMs / 1000
    const { userId: sub, companyId: company, locationId: location, installationId: installation } = claims
    const payload = { sub, company, location, installation, iat, exp, iss: issuer, aud: audience }
    return { token: jwt.sign(payload, newest, { algorithm }), expiresAt: new Date(exp * 1000) }
  }

  const verified = new BoundedMap<string, { claims: SessionClaims; expiresAt: number }>(maxVerified)

  /** @throws {AppError} `session_expired` for one that was good once, else `unauthenticated` */
  function verify(token: string): SessionClaims {
    const known = verified.get(token)
    if (known && now() < known.expiresAt) return known.claims
    verified.delete(token)
    const { exp, ...claims } = verifyAnew(token)
    verified.set(token, { claims, expiresAt: exp * 1000 })
    return claims
  }

  function verifyAnew(token: string): SessionClaims & { exp: number } {
    for (const key of keys) {
      try {
        const options = {
          issuer,
          audience,
          clockTimestamp: Math.floor(now() / 1000),
        } as const
        return claimsOf(jwt.verify(token, key, { ...options, algorithms: [algorithm] }))
      } catch (error) {
        if (error instanceof jwt.TokenExpiredError) throw sessionExpired(error)
        if (!(error instanceof jwt.JsonWebTokenError)) throw error
      }
    }
    throw unauthenticated()
  }

  return { issue, verify }
}

function claimsOf(payload: unknown): SessionClaims & { exp: number } {
  const parsed = payloadSchema.safeParse(payload)
  if (!parsed.success) throw unauthenticated()
  const { sub, company, location, installation, exp } = parsed.data
  return { userId: sub, companyId: company, locationId: location, installationId: installation, exp }
}

function sessionExpired(cause: unknown): AppError {
  return new AppError(
    'session_expired',
    'The session has expired. Reload the page if this does not go away.',
    { cause },
  )
}

export function unauthenticated(): AppError {
  return new AppError('unauthenticated', 'This needs a session. Open Wrapup inside your CRM.')
}
