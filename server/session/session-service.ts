import type { SessionAnswer } from '../../shared/session-contract.ts'
import { AppError, reconnectRequired } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Session } from './session.ts'
import { type SessionTokens, unauthenticated } from './session-token.ts'
import { openUserContext, type UserContext } from './sso-context.ts'
import type { UserAccess, UserAccessSource } from './user-access.ts'

const warnEveryMs = 60_000

/** What a session needs to know of a location's installation. */
export type SessionInstallation = {
  id: string
  companyId: string | null
  scopes: string[]
  /** The location's, as last read; null before that. */
  locationName: string | null
  timezone: string | null
}

/** Of the location, as the platform tells it. */
type LocationProfile = { name: string; timezone: string; companyId: string | null }

export type SessionService = ReturnType<typeof createSessionService>

export function createSessionService<Installation extends SessionInstallation>(parts: {
  ssoKeys: readonly string[]
  tokens: SessionTokens
  userAccess: UserAccessSource
  /** Throws `reconnect_required` or `location_suspended` where it is not active. */
  requireActive: (locationId: string) => Promise<Installation>
  /** Asks the platform now and then. */
  profileOf: (installation: Installation) => Promise<LocationProfile>
  missingScopes: (granted: readonly string[]) => string[]
  installUrl: string
  now: () => number
  logger: Logger
}) {
  const { ssoKeys, tokens, userAccess, requireActive, profileOf, missingScopes, installUrl } = parts
  let warnedAt = Number.NEGATIVE_INFINITY

  /** A wrong key keeps everybody out, and only whoever runs the app can tell. */
  function openContext(encryptedData: string): UserContext {
    try {
      return openUserContext(encryptedData, ssoKeys)
    } catch (error) {
      if (parts.now() - warnedAt >= warnEveryMs) {
        warnedAt = parts.now()
        parts.logger.warn('a user context opens with no key: if nobody can sign in, check GHL_APP_SSO_KEY')
      }
      throw error
    }
  }

  /** Exchanges the CRM's user context for a session of our own. */
  async function open(encryptedData: string): Promise<SessionAnswer> {
    const { userId, companyId, activeLocation: locationId } = openContext(encryptedData)
    if (locationId === null) {
      throw new AppError('location_required', 'Open Wrapup inside a sub-account, not in the agency view.')
    }
    const installation = await requireActive(locationId)
    const installedCompanyId = installation.companyId ?? (await profileOf(installation)).companyId
    if (installedCompanyId !== null && installedCompanyId !== companyId) throw foreignLocation()
    const claims = { userId, companyId, locationId, installationId: installation.id }
    const [access, { name, timezone }] = await Promise.all([
      userAccess.of({ ...claims, installedCompanyId }),
      profileOf(installation),
    ])
    const { token, expiresAt } = tokens.issue(claims)
    const { permissions: _permissions, ...user } = access
    const offersInstall = access.role === 'admin' && missingScopes(installation.scopes).length > 0
    return {
      token,
      expiresAt: expiresAt.toISOString(),
      user: { id: userId, ...user },
      location: { id: locationId, name, timezone },
      ...(offersInstall ? { installUrl } : {}),
    }
  }

  /** Whose token this is, as long as its installation lives and the platform knows the user there. */
  async function resume(token: string): Promise<Session> {
    const claims = tokens.verify(token)
    const installation = await requireActive(claims.locationId)
    if (installation.id !== claims.installationId) {
      throw reconnectRequired(installUrl, 'Wrapup was installed anew. Reload the page in your CRM.')
    }
    const { locationName: name, timezone, companyId: installedCompanyId } = installation
    const [access, profile] = await Promise.all([
      userAccess.of({ ...claims, installedCompanyId }),
      name !== null && timezone !== null ? { name, timezone } : profileOf(installation),
    ])
    return toSession(claims, access, profile)
  }

  return { open, resume }
}

function toSession(
  claims: Pick<Session, 'userId' | 'companyId' | 'locationId' | 'installationId'>,
  access: UserAccess,
  profile: { name: string; timezone: string },
): Session {
  return {
    ...claims,
    role: access.role,
    assignedDataOnly: access.assignedDataOnly,
    permissions: access.permissions,
    timezone: profile.timezone,
  }
}

function foreignLocation(): AppError {
  return new AppError('forbidden', 'This sub-account belongs to another company.')
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(header: string | undefined): string {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1]
  if (token === undefined) throw unauthenticated()
  return token
}
