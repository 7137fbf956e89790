import { randomUUID } from 'node:crypto'
import type { OAuthApi } from '../highlevel/oauth-api.ts'
import type { TokenOwner, TokenSource } from '../highlevel/token-source.ts'
import { currentContext, runWithContext } from '../request-context.ts'
import { connectionEnded, failureOf, hasCode } from './installation-errors.ts'
import type { Installation, InstallationRepository } from './installation-repository.ts'
import { createTaskLimit } from './task-limit.ts'
import { createTokenRefresher } from './token-refresher.ts'
import type { TokenSealer } from './token-sealer.ts'

/** A token is replaced this long before it expires, and a little earlier by chance, so that not all go at once. */
const expiryMarginMs = 60_000
const expiryJitterMs = 30_000
/** A token that is about to be replaced still serves when that fails in passing. */
const lastUseMs = 5_000
/** How often a suspended sub-account is asked whether it is active again. */
const suspendedProbeMs = 60_000
/** A new token that was refused at once is not replaced this soon: each refresh spends the pair before. */
const replaceAgainMs = 30_000
/** The platform gives the same new pair for the same refresh token for 30 s; all tries must fall within. */
const refreshBudgetMs = 20_000
/** Each refresh holds a database connection; companies have their own share, since a location's may wait for one. */
const parallelRefreshes = { location: 4, company: 2 }

export type TokenVault = TokenSource & {
  /** Calls with the company's token and, where that is refused, once more with a newer one. */
  withCompanyToken<T>(companyId: string, call: (token: string) => Promise<T>): Promise<T>
}

/**
 * Keeps every installation's tokens good. However many callers wait, and in however many processes, one refresh runs
 * per owner: callers of a process share a promise, processes a row lock.
 */
export function createTokenVault(parts: {
  repository: InstallationRepository
  sealer: TokenSealer
  oauth: Pick<OAuthApi, 'refresh' | 'locationToken'>
  installUrl: string
  now: () => number
  random: () => number
}): TokenVault {
  const { repository, sealer, installUrl, now, random } = parts
  const refresher = createTokenRefresher({ ...parts, withCompanyToken })
  /** By installation, the sealed token that was refused although it was new. */
  const refusedAnew = new Map<string, string>()
  const flights = new Map<string, Promise<string>>()
  const limits = {
    location: createTaskLimit(parallelRefreshes.location),
    company: createTaskLimit(parallelRefreshes.company),
  }

  async function accessToken(owner: TokenOwner): Promise<string> {
    const row = await usable(owner)
    const token = row.status === 'active' ? sealer.openAccess(owner, row) : null
    const leftMs = (row.accessExpiresAt?.getTime() ?? 0) - now()
    if (token !== null && leftMs > expiryMarginMs + expiryJitterMs * random()) return token
    try {
      return await replace(owner, row)
    } catch (error) {
      const inPassing = !hasCode(error, 'reconnect_required', 'location_suspended')
      if (token !== null && leftMs > lastUseMs && inPassing) return token
      throw error
    }
  }

  async function replaceRejected(owner: TokenOwner, rejectedToken: string): Promise<string> {
    const row = await usable(owner)
    const token = sealer.openAccess(owner, row)
    if (token !== null && token !== rejectedToken) return token
    const isNew = (row.refreshedAt?.getTime() ?? -Infinity) + replaceAgainMs > now()
    if (isNew && refusedAnew.get(row.id) === row.accessToken) throw connectionEnded(installUrl)
    return replace(owner, row)
  }

  async function stayedRejected(owner: TokenOwner, newerToken: string): Promise<void> {
    const row = await repository.find(owner)
    if (!row || row.accessToken === null || sealer.openAccess(owner, row) !== newerToken) return
    refusedAnew.set(row.id, row.accessToken)
  }

  async function usable(owner: TokenOwner): Promise<Installation> {
    const row = await repository.find(owner)
    const failure = failureOf(row?.status, installUrl)
    if (row && !failure) return row
    if (row?.status === 'suspended' && row.updatedAt.getTime() + suspendedProbeMs <= now()) return row
    throw failure ?? connectionEnded(installUrl)
  }

  /** Joins the refresh that runs for this owner, or starts one, which outlives the request that asked for it. */
  function replace(owner: TokenOwner, seen: Installation): Promise<string> {
    const running = flights.get(seen.id)
    if (running) return running
    const requestId = currentContext()?.requestId ?? randomUUID()
    const refresh = () =>
      runWithContext({ requestId, deadlineAt: performance.now() + refreshBudgetMs }, () =>
        refresher.refresh(owner, seen),
      )
    const flight = limits[owner.kind](refresh).finally(() => flights.delete(seen.id))
    flights.set(seen.id, flight)
    return flight
  }

  async function withCompanyToken<T>(companyId: string, call: (token: string) => Promise<T>): Promise<T> {
    const owner = { kind: 'company', companyId } as const
    const token = await accessToken(owner)
    try {
      return await call(token)
    } catch (error) {
      if (!hasCode(error, 'reconnect_required')) throw error
      return callAgain(owner, call, await replaceRejected(owner, token))
    }
  }

  async function callAgain<T>(
    owner: TokenOwner,
    call: (token: string) => Promise<T>,
    newer: string,
  ): Promise<T> {
    try {
      return await call(newer)
    } catch (error) {
      if (hasCode(error, 'reconnect_required')) await stayedRejected(owner, newer)
      throw error
    }
  }

  return { accessToken, replaceRejected, stayedRejected, withCompanyToken }
}
