import { type AppError, locationSuspended } from '../errors.ts'
import type { OAuthApi, TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import { connectionEnded, failureOf, hasCode } from './installation-errors.ts'
import type { Installation, InstallationChange, InstallationRepository } from './installation-repository.ts'
import { isUnreadable, type TokenSealer } from './token-sealer.ts'

/** Provably not sent, where the call was not told that it may have happened. */
const notSentCodes = ['upstream_unavailable', 'rate_limited'] as const
type NotSent = AppError & { code: (typeof notSentCodes)[number] }

export type TokenRefresher = ReturnType<typeof createTokenRefresher>
export type RefreshEvent = 'refreshed' | 'refresh_failed' | 'reminted'

type LocationOwner = Extract<TokenOwner, { kind: 'location' }>
type Save = (fields: InstallationChange) => Promise<void>
/** Since when a refresh is under way, and what that took the place of. */
type Mark = { since: Date; before: Date | null }
/** A token, or why there is none and for which row the platform said so. */
type Attempt = { token: string } | { refusal: AppError; tried: Installation; companyToAsk: string | null }

/** Renews one installation's tokens; the vault sees to it that this process does so once at a time. */
export function createTokenRefresher(parts: {
  repository: Pick<InstallationRepository, 'withLock'>
  sealer: TokenSealer
  oauth: Pick<OAuthApi, 'refresh' | 'locationToken'>
  withCompanyToken: <T>(companyId: string, call: (token: string) => Promise<T>) => Promise<T>
  installUrl: string
  now: () => number
  observe?: (event: RefreshEvent) => void
}) {
  const { repository, sealer, oauth, withCompanyToken, installUrl, now, observe } = parts

  /**
   * The beginning is stored before the platform is asked: should this process die, its successor finds the mark, and
   * the platform gives it the same new pair for the old refresh token.
   * @param seen the row whose token was found wanting
   * @param isMarked whether the beginning is stored already
   */
  async function refresh(owner: TokenOwner, seen: Installation, isMarked: boolean): Promise<string> {
    try {
      const begun = isMarked ? undefined : await mark(owner, seen)
      return typeof begun === 'string' ? begun : await refreshMarked(owner, seen, begun)
    } catch (error) {
      observe?.('refresh_failed')
      throw error
    }
  }

  /** @returns the token, where somebody else has renewed it by now */
  function mark(owner: TokenOwner, seen: Installation): Promise<Mark | string> {
    return repository.withLock(owner, async (row, save) => {
      const current = requireRow(row)
      const known = renewedSince(owner, seen, current)
      if (known !== undefined) return known
      const since = new Date(now())
      await save({ refreshingSince: since })
      return { since, before: current.refreshingSince }
    })
  }

  /** @param begun undefined where the mark is another's, whose refresh may have got through */
  async function refreshMarked(
    owner: TokenOwner,
    seen: Installation,
    begun: Mark | undefined,
  ): Promise<string> {
    // The row lock keeps other processes out meanwhile; the new pair is committed before it is used.
    const attempt = await repository.withLock(owner, (row, save) =>
      tryOnce(owner, seen, requireRow(row), save, begun),
    )
    if ('token' in attempt) return attempt.token
    const { refusal, tried, companyToAsk } = attempt
    // The company is asked once the row is free: whoever holds one row must not wait for another.
    if (owner.kind !== 'location' || companyToAsk === null) throw refusal
    return mintAnew(owner, companyToAsk, tried)
  }

  async function tryOnce(
    owner: TokenOwner,
    seen: Installation,
    row: Installation,
    save: Save,
    begun: Mark | undefined,
  ): Promise<Attempt> {
    const known = renewedSince(owner, seen, row)
    if (known !== undefined) return { token: known }
    const grant = await askForGrant(owner, row)
    if (isNotSent(grant)) {
      const isOwnMark = begun && row.refreshingSince?.getTime() === begun.since.getTime()
      if (isOwnMark) await save({ refreshingSince: begun.before })
      return { refusal: grant, tried: row, companyToAsk: null }
    }
    if ('accessToken' in grant) {
      await save(sealer.columnsOf(owner, grant))
      observe?.('refreshed')
      return { token: grant.accessToken }
    }
    const isEnd = grant.code === 'reconnect_required'
    const companyToAsk = isEnd && row.viaCompany ? row.companyId : null
    await save({ refreshingSince: null, ...(companyToAsk === null ? refusedColumns(grant) : {}) })
    return { refusal: grant, tried: row, companyToAsk }
  }

  /**
   * @returns a refusal, or why it was provably not sent (`isNotSent`)
   * @throws whatever else may pass
   */
  async function askForGrant(owner: TokenOwner, row: Installation): Promise<TokenGrant | AppError> {
    // A key that is not configured (any more) may come back: nothing is stored of that.
    const refreshToken = sealer.openRefresh(owner, row)
    if (refreshToken === null) return connectionEnded(installUrl)
    let isSpent = false
    try {
      return await oauth.refresh(refreshToken, owner.kind === 'location' ? 'Location' : 'Company', () => {
        isSpent = true
      })
    } catch (error) {
      if (hasCode(error, 'reconnect_required', 'location_suspended')) return error
      if (!isSpent && hasCode(error, ...notSentCodes)) return error
      throw error
    }
  }

  /**
   * What another process has found out since the row was seen.
   * @throws {AppError} where it was refused
   */
  function renewedSince(owner: TokenOwner, seen: Installation, row: Installation): string | undefined {
    if (row.status !== 'active') {
      const failure = row.status === seen.status ? undefined : failureOf(row.status, installUrl)
      if (failure) throw failure
      return undefined
    }
    // Sealed anew under another key it is still the same token.
    const token = row.accessToken === seen.accessToken ? null : sealer.openAccess(owner, row)
    return token === null || token === sealer.openAccess(owner, seen) ? undefined : token
  }

  async function mintAnew(owner: LocationOwner, companyId: string, tried: Installation): Promise<string> {
    let grant: TokenGrant
    try {
      grant = await mint(companyId, owner.locationId)
    } catch (error) {
      if (isUnreadable(error) || !hasCode(error, 'reconnect_required', 'location_suspended')) throw error
      return judge(owner, tried, error)
    }
    return repository.withLock(owner, async (row, save) => {
      // An install meanwhile brought tokens of its own.
      const current = requireRow(row)
      const known = current.status === 'active' ? renewedSince(owner, tried, current) : undefined
      if (known !== undefined) return known
      await save({ ...sealer.columnsOf(owner, grant), viaCompany: true })
      observe?.('reminted')
      return grant.accessToken
    })
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

  /** Before a location is declared dead its row is read again: an install may have just renewed it. */
  function judge(owner: LocationOwner, tried: Installation, refusal: AppError): Promise<string> {
    return repository
      .withLock(owner, async (row, save) => {
        const known = renewedSince(owner, tried, requireRow(row))
        if (known === undefined) await save(refusedColumns(refusal))
        return known
      })
      .then((known) => {
        if (known === undefined) throw refusal
        return known
      })
  }

  function refusedColumns(refusal: AppError): InstallationChange {
    const status = refusal.code === 'location_suspended' ? 'suspended' : 'reconnect_required'
    return { status, refreshingSince: null, updatedAt: new Date(now()) }
  }

  function requireRow(row: Installation | undefined): Installation {
    if (!row || row.status === 'uninstalled') throw connectionEnded(installUrl)
    return row
  }

  return { refresh }
}

function isNotSent(answer: TokenGrant | AppError): answer is NotSent {
  return hasCode(answer, ...notSentCodes)
}
