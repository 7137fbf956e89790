import type { Request } from 'express'
import type { Endpoint } from './endpoint.ts'
import type { Grant, TokenBook } from './oauth/token-book.ts'
import { refuse } from './platform-error.ts'
import { hasBodyOtherThan } from './stand-in-door.ts'

const publishedVersions = new Set(['2021-04-15', '2021-07-28', '2023-02-21'])

/**
 * The checks before any endpoint, in the platform's order; each of its own words.
 * @see https://marketplace.gohighlevel.com/docs/Versioning
 */
export function checkVersion(request: Request, { method, path, version }: Endpoint): void {
  const given = request.get('version')
  if (given === undefined || given === '') throw refuse(401, 'version header was not found.')
  if (given === 'v3')
    throw refuse(400, `${method} ${path} is not available in API version v3 of this sandbox`)
  if (!publishedVersions.has(given)) throw refuse(401, 'version header is invalid')
  const answers = method === 'GET' || given === version || given === '2023-02-21' || version === '2021-04-15'
  if (!answers) throw refuse(401, 'version header is invalid')
}

export function bearerToken(request: Request): string | undefined {
  return /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1]
}

/** @returns whose token it is, once it may do what the endpoint does */
export function checkToken(request: Request, tokens: TokenBook, endpoint: Endpoint): Grant {
  const token = bearerToken(request)
  const known = token === undefined ? undefined : tokens.lookUp(token)
  if (!known) {
    const foreign = token !== undefined
    throw refuse(401, foreign ? 'Invalid JWT' : 'Invalid token: access token is invalid')
  }
  if (!known.live) throw refuse(401, 'Invalid token: access token is invalid')
  if (!endpoint.holders.includes(known.grant.holder.kind)) {
    throw refuse(
      401,
      'This authClass type is not allowed to access this scope. Please use the correct token.',
    )
  }
  if (!known.grant.scopes.includes(endpoint.scope)) {
    throw refuse(401, 'The token is not authorized for this scope.')
  }
  return known.grant
}

export function checkContentType(request: Request, { body }: Pick<Endpoint, 'body'>): void {
  if (body === 'none') return
  const wanted = body === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
  if (hasBodyOtherThan(request, wanted)) throw refuse(415, `Content-Type must be ${wanted}`)
}
