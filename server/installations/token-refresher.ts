import { locationSuspended } from '../errors.ts'
import type { OAuthApi, TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import { connectionEnded, hasCode } from './installation-errors.ts'
import type { Installation, InstallationRepository } from './installation-repository.ts'
import type { TokenSealer } from './token-sealer.ts'

export type TokenRefresher = ReturnType<typeof createTokenRefresher>

/** Renews one installation's tokens; the vault sees to it that this process does so once at a time. */
export function createTokenRefresher(parts: {
  repository: InstallationRepository
  sealer: TokenSealer
  oauth: Pick<OAuthApi, 'refresh' | 'locationToken'>
  withCompanyToken: <T>(companyId: string, call: (token: string) => Promise<T>) => Promise<T>
  installUrl: string
  now: () => number
}) {
  const { repository, sealer, oauth, withCompanyToken, installUrl, now } = parts

  /** @param seen the row whose token was found wanting */
  async function refresh(owner: TokenOwner, seen: Installation): Promise<string> {
    try {
      return await refreshLocked(owner, seen)
    } catch (error) {
      // The company is asked once the row is free: whoever holds one row must not wait for another.
      const companyId = owner.kind === 'location' && seen.viaCompany ? seen.companyId : null
      if (owner.kind !== 'location' || companyId === null || !hasCode(error, 'reconnect_required')) {
        return judge(owner, seen, error)
      }
      return mintAnew(owner, companyId, seen)
    }
  }

  /** The row lock keeps other processes out meanwhile; the new pair is committed before it is used. */
  function refreshLocked(owner: TokenOwner, seen: Installation): Promise<string> {
    return repository.withLock(owner, async (row, save) => {
      if (!row || row.status === 'uninstalled') throw connectionEnded(installUrl)
      if (row.accessToken !== seen.accessToken && row.status === 'active') {
        const renewed = sealer.openAccess(owner, row)
        if (renewed !== null) return renewed
      }
      const refreshToken = sealer.openRefresh(owner, row)
      if (refreshToken === null) throw connectionEnded(installUrl)
      const grant = await oauth.refresh(refreshToken, owner.kind === 'location' ? 'Location' : 'Company')
      await save(sealer.columnsOf(owner, grant))
      return grant.accessToken
    })
  }

  async function mintAnew(
    owner: Extract<TokenOwner, { kind: 'location' }>,
    companyId: string,
    seen: Installation,
  ): Promise<string> {
    try {
      const grant = await mint(companyId, owner.locationId)
      if (!(await repository.renew(seen.id, sealer.columnsOf(owner, grant))))
        throw connectionEnded(installUrl)
      return grant.accessToken
    } catch (error) {
      return judge(owner, seen, error)
    }
  }

  /** A refusal means that the app is not in that location (any more). */
  async function mint(companyId: string, locationId: string): Promise<TokenGrant> {
    try {
      return await withCompanyToken(companyId, (token) => oauth.locationToken(token, companyId, locationId))
    } catch (error) {
      if (hasCode(error, 'location_suspended')) throw locationSuspended(error)
      if (hasCode(error, 'forbidden', 'not_found', 'rejected')) throw connectionEnded(installUrl, error)
      throw error
    }
  }

  /** Before an installation is declared dead its row is read again: an install may have just renewed it. */
  async function judge(owner: TokenOwner, seen: Installation, error: unknown): Promise<string> {
    if (!hasCode(error, 'reconnect_required', 'location_suspended')) throw error
    const status = error.code === 'location_suspended' ? 'suspended' : 'reconnect_required'
    if (await repository.setStatus(seen, status, new Date(now()))) throw error
    const row = await repository.find(owner)
    const token = row?.status === 'active' ? sealer.openAccess(owner, row) : null
    if (token === null) throw error
    return token
  }

  return { refresh }
}
