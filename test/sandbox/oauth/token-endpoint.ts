import { z } from 'zod'
import { filledText, parseStrictly } from '../body-rules.ts'
import type { ApiAnswer } from '../endpoint.ts'
import { refuse, refuseGrant } from '../platform-error.ts'
import type { SandboxState } from '../state.ts'
import type { Marketplace } from './marketplace.ts'
import type { Grant, TokenBook, TokenPair } from './token-book.ts'

const tokenRequest = z.strictObject({
  client_id: filledText,
  client_secret: filledText,
  grant_type: z.enum(['authorization_code', 'refresh_token', 'client_credentials']),
  code: z.string().optional(),
  refresh_token: z.string().optional(),
  user_type: z.enum(['Company', 'Location']).optional(),
  redirect_uri: z.string().optional(),
})
type TokenRequest = z.infer<typeof tokenRequest>

type TokenEndpointParts = { state: SandboxState; tokens: TokenBook; marketplace: Marketplace }

/** The snake_case answer of the token endpoint. */
export function tokenAnswer(
  pair: TokenPair,
  { holder, userId, scopes, approvedLocations }: Grant,
): Record<string, unknown> {
  const ofCompany = holder.kind === 'company'
  return {
    access_token: pair.accessToken,
    token_type: 'Bearer',
    expires_in: pair.expiresInS,
    refresh_token: pair.refreshToken,
    refreshTokenId: pair.refreshTokenId,
    scope: scopes.join(' '),
    userType: ofCompany ? 'Company' : 'Location',
    companyId: holder.companyId,
    ...(ofCompany ? { approvedLocations } : { locationId: holder.locationId }),
    isBulkInstallation: ofCompany,
    userId,
  }
}

/** A suspended sub-account gets no new tokens. */
export function requireActive(state: SandboxState, locationId: string): void {
  const location = state.locations.find(({ id }) => id === locationId)
  if (!location?.active) throw refuse(400, 'Location is not active')
}

/**
 * `POST /oauth/token`. The code or refresh token is looked at before the client's credentials, so a bad secret
 * with a bad code speaks of the code.
 * @see https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0
 */
export function createTokenEndpoint({ state, tokens, marketplace }: TokenEndpointParts) {
  const checkClient = ({ client_id: id, client_secret: secret }: TokenRequest) => {
    if (id !== state.app.clientId || secret !== state.app.clientSecret) {
      throw refuseGrant(401, 'UnAuthorized!', 'Invalid client credentials')
    }
  }

  const exchangeCode = (request: TokenRequest): Record<string, unknown> => {
    const { code = '', redirect_uri: redirectUri } = request
    const open = marketplace.openCode(code)
    if (!open) throw refuseGrant(401, 'UnAuthorized!', 'Authorization code not found')
    checkClient(request)
    if (redirectUri !== undefined && redirectUri !== open.redirectUri) {
      throw refuseGrant(400, 'invalid_grant', 'redirect_uri does not match')
    }
    const answer = tokenAnswer(tokens.issue(open.grant), open.grant)
    marketplace.spendCode(code)
    return answer
  }

  const refresh = (request: TokenRequest): Record<string, unknown> => {
    const { refresh_token: refreshToken = '' } = request
    const grant = tokens.grantOfRefreshToken(refreshToken)
    if (!grant) throw refuseGrant(400, 'invalid_grant', 'This refresh token is invalid')
    checkClient(request)
    if (grant.holder.kind === 'location') requireActive(state, grant.holder.locationId)
    return tokenAnswer(tokens.rotate(refreshToken), grant)
  }

  return ({ body }: { body: unknown }): ApiAnswer => {
    const request = parseStrictly(tokenRequest, body)
    if (request.grant_type === 'client_credentials') {
      throw refuseGrant(400, 'unsupported_grant_type', 'This grant type is not supported for the app')
    }
    const answer = request.grant_type === 'refresh_token' ? refresh(request) : exchangeCode(request)
    return { status: 200, body: answer }
  }
}
