import { randomUUID } from 'node:crypto'
import type { OAuthApi, TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner, TokenSource } from '../highlevel/token-source.ts'
import { currentContext, runWithContext } from '../request-context.ts'
import { CipherError } from './cipher.ts'
import { connectionEnded, failureOf, hasCode, suspended } from './installation-errors.ts'
import type { Installation, InstallationRepository } from './installation-repository.ts'
import { createTaskLimit } from './task-limit.ts'
import type { TokenSealer } from './token-sealer.ts'

/** A token is replaced this long before it expires, and a little earlier by chance, so that not all go at once. */
const expiryMarginMs = 60_000
const expiryJitterMs = 30_000
/** How often a suspended sub-account is asked whether it is active again. */
const suspendedProbeMs = 60_000
/** The platform gives the same new pair for the same refresh token for 30 s; all tries must fall within. */
const refreshBudgetMs = 20_000
/** Each refresh holds a database connection; companies have their own share, since a location's may wait for one. */
const parallelRefreshes = { location: 4, company: 2 }

export type TokenVault = ReturnType<typeof createTokenVault>

/**
 * Keeps every installation's tokens good. However many callers wait, and in however many processes, one refresh runs
 * per owner: callers of a process share a promise, processes a row lock. The new pair is stored before it is used.
 */
export function createTokenVault(parts: {
  repository: InstallationRepository
  sealer: TokenSealer
  oauth: Pick<OAuthApi, 'refresh' | 'locationToken'>
  installUrl: string
  now: () => number
  random: () => number
}) {
  const { repository, sealer, oauth, installUrl, now, random } = parts
  const flights = new Map<string, Promise<string>>()
  const limits = {
    location: createTaskLimit(parallelRefreshes.location),
    company: createTaskLimit(parallelRefreshes.company),
  }

  async function accessToken(owner: TokenOwner): Promise<string> {
    const row = await usable(owner)
    const token = row.status === 'active' ? opened(() => sealer.openAccess(owner, row)) : null
    const leftMs = (row.accessExpiresAt?.getTime() ?? 0) - now()
    if (token !== null && leftMs > expiryMarginMs + expiryJitterMs * random()) return token
    try {
      return await replace(owner, row)
    } catch (error) {
      // Early replacement failed in passing: the old token still has its last minute.
      if (token !== null && leftMs > 5_000 && !hasCode(error, 'reconnect_required', 'location_suspended'))
        return token
      throw error
    }
  }

  async function replaceRejected(owner: TokenOwner, rejectedToken: string): Promise<string> {
    const row = await usable(owner)
    const token = opened(() => sealer.openAccess(owner, row))
    return token !== null && token !== rejectedToken ? token : replace(owner, row)
  }

  async function usable(owner: TokenOwner): Promise<Installation> {
    const row = await repository.find(owner)
    const failure = failureOf(row?.status, installUrl)
    if (row && !failure) return row
    if (row?.status === 'suspended' && row.updatedAt.getTime() + suspendedProbeMs <= now()) return row
    throw failure ?? connectionEnded(installUrl)
  }

  /** A key that is gone makes the stored tokens worthless: only a new install mends that. */
  function opened<T>(open: () => T): T {
    try {
      return open()
    } catch (error) {
      if (error instanceof CipherError) throw connectionEnded(installUrl, error)
      throw error
    }
  }

  /** Joins the refresh that runs for this owner, or starts one, which outlives the request that asked for it. */
  function replace(owner: TokenOwner, seen: Installation): Promise<string> {
    const running = flights.get(seen.id)
    if (running) return running
    const requestId = currentContext()?.requestId ?? randomUUID()
    const flight = limits[owner.kind](() =>
      runWithContext({ requestId, deadlineAt: performance.now() + refreshBudgetMs }, () =>
        refresh(owner, seen),
      ),
    ).finally(() => flights.delete(seen.id))
    flights.set(seen.id, flight)
    return flight
  }

  async function refresh(owner: TokenOwner, seen: Installation): Promise<string> {
    try {
      return await repository.withLock(owner, async (row, save) => {
        if (!row || row.status === 'uninstalled') throw connectionEnded(installUrl)
        if (row.accessToken !== null && row.accessToken !== seen.accessToken && row.status === 'active') {
          return opened(() => sealer.openAccess(owner, row)) ?? ''
        }
        const grant = await newGrant(owner, row)
        await save(sealer.columnsOf(owner, grant))
        return grant.accessToken
      })
    } catch (error) {
      return judge(owner, seen, error)
    }
  }

  /** Before an installation is declared dead its row is read again: an install may have just renewed it. */
  async function judge(owner: TokenOwner, seen: Installation, error: unknown): Promise<string> {
    if (!hasCode(error, 'reconnect_required', 'location_suspended')) throw error
    const status = error.code === 'location_suspended' ? 'suspended' : 'reconnect_required'
    if (await repository.setStatus(seen, status, new Date(now()))) throw error
    const row = await repository.find(owner)
    const token = row?.status === 'active' ? opened(() => sealer.openAccess(owner, row)) : null
    if (token === null) throw error
    return token
  }

  async function newGrant(owner: TokenOwner, row: Installation): Promise<TokenGrant> {
    const fromCompany = owner.kind === 'location' && row.viaCompany ? row.companyId : null
    try {
      const refreshToken = opened(() => sealer.openRefresh(owner, row))
      if (refreshToken !== null) {
        return await oauth.refresh(refreshToken, owner.kind === 'location' ? 'Location' : 'Company')
      }
    } catch (error) {
      if (fromCompany === null || !hasCode(error, 'reconnect_required')) throw error
    }
    if (fromCompany === null || owner.kind !== 'location') throw connectionEnded(installUrl)
    return mint(fromCompany, owner.locationId)
  }

  /** A refusal means that the app is not in that location (any more). */
  async function mint(companyId: string, locationId: string): Promise<TokenGrant> {
    try {
      return await withCompanyToken(companyId, (token) => oauth.locationToken(token, companyId, locationId))
    } catch (error) {
      if (hasCode(error, 'location_suspended')) throw suspended(error)
      if (hasCode(error, 'forbidden', 'not_found', 'rejected')) throw connectionEnded(installUrl, error)
      throw error
    }
  }

  /** Calls with the company's token and, where that is refused, once more with a newer one. */
  async function withCompanyToken<T>(companyId: string, call: (token: string) => Promise<T>): Promise<T> {
    const owner = { kind: 'company', companyId } as const
    const token = await accessToken(owner)
    try {
      return await call(token)
    } catch (error) {
      if (!hasCode(error, 'reconnect_required')) throw error
      return call(await replaceRejected(owner, token))
    }
  }

  return { accessToken, replaceRejected, withCompanyToken } satisfies TokenSource & Record<string, unknown>
}
