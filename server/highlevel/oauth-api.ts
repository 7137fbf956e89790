import { z } from 'zod'
import { AppError, locationSuspended, reconnectRequired } from '../errors.ts'
import { inactiveLocation, platformWords, refusalToAppError, upstreamFailed } from './platform-errors.ts'
import { flag, text, texts } from './platform-fields.ts'
import type { PlatformAnswer, PlatformCall, PlatformHttp } from './platform-http.ts'

const version = '2021-07-28'
const pageSize = 100
const maxPages = 100

/** What a token endpoint grants, in one shape. */
export type TokenGrant = {
  accessToken: string
  refreshToken: string | null
  expiresInMs: number
  scopes: string[]
  userType: 'Location' | 'Company'
  companyId: string | null
  locationId: string | null
  userId: string | null
  /** Of a company's grant; may be incomplete. */
  approvedLocations: string[]
}

export type InstalledLocation = { id: string; name: string | null }
export type OAuthApi = ReturnType<typeof createOAuthApi>

/** What the platform documents; an answer that leaves it out means the same. */
const usualLifetimeSeconds = 86_399
const seconds = z.coerce.number().nullish().catch(null)

/** The published casing of the fields changed more than once: both are taken. */
const grantSchema = z
  .object({
    access_token: text,
    accessToken: text,
    refresh_token: text,
    refreshToken: text,
    expires_in: seconds,
    expiresIn: seconds,
    scope: text,
    userType: text,
    user_type: text,
    companyId: text,
    company_id: text,
    locationId: text,
    location_id: text,
    userId: text,
    user_id: text,
    approvedLocations: texts,
    approved_locations: texts,
  })
  .transform((raw, context): TokenGrant => {
    const accessToken = raw.access_token ?? raw.accessToken
    const locationId = raw.locationId || raw.location_id || null
    const expiresIn = raw.expires_in || raw.expiresIn || usualLifetimeSeconds
    if (!accessToken) {
      context.addIssue('no token')
      return z.NEVER
    }
    return {
      accessToken,
      refreshToken: (raw.refresh_token ?? raw.refreshToken) || null,
      expiresInMs: expiresIn * 1000,
      scopes: raw.scope?.split(/\s+/).filter(Boolean) ?? [],
      userType: userTypeOf(raw.userType ?? raw.user_type, locationId),
      companyId: raw.companyId || raw.company_id || null,
      locationId,
      userId: raw.userId || raw.user_id || null,
      approvedLocations: raw.approvedLocations ?? raw.approved_locations ?? [],
    }
  })

function userTypeOf(word: string | null | undefined, locationId: string | null): TokenGrant['userType'] {
  if (word) return word.toLowerCase() === 'company' ? 'Company' : 'Location'
  return locationId === null ? 'Company' : 'Location'
}

const installedLocationsSchema = z.object({
  locations: z.array(z.object({ _id: text, id: text, name: text, isInstalled: flag })).nullish(),
  count: z.number().nullish().catch(null),
})

const wrongClient = /invalid client|client (id|secret|credentials)/i
const clientErrors = new Set<unknown>(['invalid_client', 'unauthorized_client'])
/** OAuth's errors that say nothing of the code or the refresh token. */
const requestErrors = new Set<unknown>(['invalid_request', 'unsupported_grant_type', 'invalid_scope'])

/**
 * The token endpoints, which need no installation.
 * @see https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0
 */
export function createOAuthApi(parts: {
  http: PlatformHttp
  clientId: string
  clientSecret: string
  appId: string
  redirectUri: string
  installUrl: string
}) {
  const { http, clientId, clientSecret, appId, redirectUri, installUrl } = parts

  function requestToken(
    fields: Record<string, string>,
    how: Pick<PlatformCall, 'effect' | 'mayHaveHappened'>,
  ): Promise<PlatformAnswer> {
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...fields })
    return http.exchange({ method: 'POST', path: '/oauth/token', body, ...how })
  }

  return {
    /** @throws {AppError} `rejected` for a code that is unknown, used or expired */
    async exchangeCode(code: string): Promise<TokenGrant> {
      const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
      const answer = await requestToken(fields, { effect: 'write' })
      if (!isClientError(answer)) return grantOf(answer)
      // The platform looks at the code before it looks at the client.
      if (refusedPart(answer) === 'client') throw clientRefused()
      throw new AppError('rejected', 'The CRM did not accept the authorization code.')
    },

    /**
     * May be repeated: within 30 s the platform gives the same new pair for the same refresh token.
     * @param mayHaveHappened is told when the pair may be spent, whatever becomes of the call
     * @throws {AppError} `reconnect_required` for a refresh token that is no longer good, `location_suspended`
     */
    async refresh(
      refreshToken: string,
      userType: TokenGrant['userType'],
      mayHaveHappened?: () => void,
    ): Promise<TokenGrant> {
      const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, user_type: userType }
      const answer = await requestToken(fields, {
        effect: 'read',
        ...(mayHaveHappened ? { mayHaveHappened } : {}),
      })
      if (!isClientError(answer)) return grantOf(answer)
      if (inactiveLocation.test(platformWords(answer.body))) throw locationSuspended()
      const refused = refusedPart(answer)
      if (refused === 'client') throw clientRefused()
      if (refused === 'none') throw upstreamFailed()
      throw reconnectRequired(
        installUrl,
        'The connection to the CRM has ended. An admin has to connect again.',
      )
    },

    /** Makes a location's token out of its company's. May be repeated: each is a token of its own. */
    async locationToken(companyToken: string, companyId: string, locationId: string): Promise<TokenGrant> {
      const answer = await http.exchange({
        method: 'POST',
        path: '/oauth/locationToken',
        version,
        token: companyToken,
        body: new URLSearchParams({ companyId, locationId }),
        effect: 'read',
        paceKey: `company:${companyId}`,
      })
      if (isClientError(answer) && inactiveLocation.test(platformWords(answer.body)))
        throw locationSuspended()
      if (isClientError(answer))
        throw refusalToAppError(answer, { effect: 'read', aboutContact: false, installUrl })
      return { ...grantOf(answer), companyId, locationId, userType: 'Location' }
    },

    /** All locations of the company in which the app is installed. */
    async installedLocations(companyToken: string, companyId: string): Promise<InstalledLocation[]> {
      const found = new Map<string, InstalledLocation>()
      let skip = 0
      for (let pages = 0; pages < maxPages; pages += 1) {
        const answer = await http.exchange({
          method: 'GET',
          path: '/oauth/installedLocations',
          version,
          token: companyToken,
          query: { companyId, appId, isInstalled: true, limit: pageSize, skip },
          effect: 'read',
          paceKey: `company:${companyId}`,
        })
        const { locations, count } = pageOf(answer, installUrl)
        for (const { _id, id, name, isInstalled } of locations) {
          const locationId = _id ?? id
          if (locationId && isInstalled !== false)
            found.set(locationId, { id: locationId, name: name ?? null })
        }
        skip += locations.length
        if (locations.length === 0 || (count === null ? locations.length < pageSize : skip >= count)) break
      }
      return [...found.values()]
    },
  }
}

const isClientError = ({ status }: PlatformAnswer): boolean => status >= 400 && status < 500

/**
 * What a token request was refused for. The `error` field decides: the words of an ordinary bad grant name the client
 * as well. `none`: neither is said to be wrong (a firewall, a wrong request), so it may pass.
 */
function refusedPart({ status, body }: PlatformAnswer): 'client' | 'grant' | 'none' {
  const error: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'error') : undefined
  if (clientErrors.has(error)) return 'client'
  if (error === 'invalid_grant') return 'grant'
  if (wrongClient.test(platformWords(body))) return 'client'
  const isPage = typeof body === 'string' && body.trimStart().startsWith('<')
  const isAboutGrant = (status === 400 || status === 401) && !requestErrors.has(error) && !isPage
  return isAboutGrant ? 'grant' : 'none'
}

/** The marketplace client itself is wrong: a matter of the settings, not of this installation. */
function clientRefused(): AppError {
  return new AppError('upstream_failed', 'The CRM did not accept this app. Its client id or secret is wrong.')
}

function grantOf(answer: PlatformAnswer): TokenGrant {
  if (answer.status >= 300) throw upstreamFailed()
  const parsed = grantSchema.safeParse(answer.body)
  // The parser's error would quote what it was given: tokens. It is left out.
  if (!parsed.success) throw upstreamFailed()
  return parsed.data
}

function pageOf(answer: PlatformAnswer, installUrl: string) {
  if (answer.status >= 300)
    throw refusalToAppError(answer, { effect: 'read', aboutContact: false, installUrl })
  const parsed = installedLocationsSchema.safeParse(answer.body)
  if (!parsed.success) throw upstreamFailed(parsed.error)
  return { locations: parsed.data.locations ?? [], count: parsed.data.count ?? null }
}
