import { z } from 'zod'
import { AppError, reconnectRequired } from '../errors.ts'
import { locationSuspended, platformWords, toAppError, upstreamFailed } from './platform-errors.ts'
import type { PlatformAnswer, PlatformHttp } from './platform-http.ts'

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

const text = z.string().nullish()

/** The published casing of the fields changed more than once: both are taken. */
const grantSchema = z
  .object({
    access_token: text,
    accessToken: text,
    refresh_token: text,
    refreshToken: text,
    expires_in: z.coerce.number().nullish(),
    expiresIn: z.coerce.number().nullish(),
    scope: text,
    userType: text,
    user_type: text,
    companyId: text,
    locationId: text,
    userId: text,
    approvedLocations: z.array(z.string()).nullish(),
  })
  .transform((raw, context): TokenGrant => {
    const accessToken = raw.access_token ?? raw.accessToken
    const locationId = raw.locationId || null
    const expiresIn = raw.expires_in ?? raw.expiresIn
    if (!accessToken || !expiresIn) {
      context.addIssue('no token')
      return z.NEVER
    }
    return {
      accessToken,
      refreshToken: (raw.refresh_token ?? raw.refreshToken) || null,
      expiresInMs: expiresIn * 1000,
      scopes: raw.scope?.split(/\s+/).filter(Boolean) ?? [],
      userType: userTypeOf(raw.userType ?? raw.user_type, locationId),
      companyId: raw.companyId || null,
      locationId,
      userId: raw.userId || null,
      approvedLocations: raw.approvedLocations ?? [],
    }
  })

function userTypeOf(word: string | null | undefined, locationId: string | null): TokenGrant['userType'] {
  if (word) return word.toLowerCase() === 'company' ? 'Company' : 'Location'
  return locationId === null ? 'Company' : 'Location'
}

const installedLocationsSchema = z.object({
  locations: z
    .array(z.object({ _id: text, id: text, name: text, isInstalled: z.boolean().nullish() }))
    .nullish(),
  count: z.number().nullish(),
})

const inactiveLocation = /location is (not active|inactive)/i
const wrongClient = /client/i

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

  function requestToken(fields: Record<string, string>, effect: 'read' | 'write'): Promise<PlatformAnswer> {
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...fields })
    return http.exchange({ method: 'POST', path: '/oauth/token', body, effect })
  }

  return {
    /** @throws {AppError} `rejected` for a code that is unknown, used or expired */
    async exchangeCode(code: string): Promise<TokenGrant> {
      const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
      const answer = await requestToken(fields, 'write')
      if (!isClientError(answer)) return grantOf(answer)
      // The platform looks at the code before it looks at the client.
      if (wrongClient.test(platformWords(answer.body))) throw clientRefused()
      throw new AppError('rejected', 'The CRM did not accept the authorization code.')
    },

    /**
     * May be repeated: within 30 s the platform gives the same new pair for the same refresh token.
     * @throws {AppError} `reconnect_required` for a refresh token that is no longer good, `location_suspended`
     */
    async refresh(refreshToken: string, userType: TokenGrant['userType']): Promise<TokenGrant> {
      const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, user_type: userType }
      const answer = await requestToken(fields, 'read')
      if (!isClientError(answer)) return grantOf(answer)
      const words = platformWords(answer.body)
      if (inactiveLocation.test(words)) throw locationSuspended()
      if (wrongClient.test(words)) throw clientRefused()
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
      if (isClientError(answer)) throw toAppError(answer, { effect: 'read', aboutContact: false, installUrl })
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
  if (answer.status >= 300) throw toAppError(answer, { effect: 'read', aboutContact: false, installUrl })
  const parsed = installedLocationsSchema.safeParse(answer.body)
  if (!parsed.success) throw upstreamFailed(parsed.error)
  return { locations: parsed.data.locations ?? [], count: parsed.data.count ?? null }
}
