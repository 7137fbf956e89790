import { randomUUID } from 'node:crypto'
import type { OAuthApi } from '../highlevel/oauth-api.ts'
import type { TokenOwner, TokenSource } from '../highlevel/token-source.ts'
import type { Logger } from '../logger.ts'
import { currentContext, runWithContext } from '../request-context.ts'
import { connectionEnded, failureOf, hasCode } from './installation-errors.ts'
import type { Installation, InstallationRepository } from './installation-repository.ts'
import { createTaskLimit } from './task-limit.ts'
import { createTokenRefresher, type RefreshEvent } from './token-refresher.ts'
import type { TokenSealer } from './token-sealer.ts'

/** From here on a token is replaced before it is used. */
const expiryMarginMs = 60_000
/** Up to this much earlier it is replaced while it still serves: by installation, so that not all go at once. */
const aheadSpreadMs = 5 * 60_000
const aheadShareOfLifetime = 0.1
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
  /** Replaces the token however long it would still be good. */
  renew(owner: TokenOwner): Promise<void>
  /** Brings a refresh to its end that began in a process that may be gone. */
  settle(owner: TokenOwner): Promise<void>
  /** Once no refresh is under way. */
  idle(): Promise<void>
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
  logger: Logger
  now: () => number
  observe?: (event: RefreshEvent) => void
}): TokenVault {
  const { repository, sealer, installUrl, logger, now } = parts
  const refresher = createTokenRefresher({ ...parts, withCompanyToken })
  /** By installation, the sealed token that was refused although it was new. */
  const refusedAnew = new Map<string, string>()
  const flights = new Map<string, Promise<string>>()
  const limits = {
    location: createTaskLimit(parallelRefreshes.location),
    company: createTaskLimit(parallelRefreshes.company),
  }

  async function accessToken(owner: TokenOwner): Promise<string> {
    const row = usable(await repository.findRecent(owner))
    const token = row.status === 'active' ? sealer.openAccess(owner, row) : null
    const leftMs = (row.accessExpiresAt?.getTime() ?? 0) - now()
    if (token !== null && leftMs > expiryMarginMs) {
      if (leftMs < expiryMarginMs + aheadOf(row)) replaceAhead(owner, row)
      return token
    }
    try {
      return await replace(owner, row)
    } catch (error) {
      const inPassing = !hasCode(error, 'reconnect_required', 'location_suspended')
      if (token !== null && leftMs > lastUseMs && inPassing) return token
      throw error
    }
  }

  /** What follows a failure is decided by whoever comes next. */
  function replaceAhead(owner: TokenOwner, row: Installation): void {
    if (flights.has(row.id)) return
    replace(owner, row).catch((error: unknown) =>
      logger.warn(
        { err: error, installationId: row.id },
        'a token could not be refreshed ahead of its expiry',
      ),
    )
  }

  async function replaceRejected(owner: TokenOwner, rejectedToken: string): Promise<string> {
    const row = usable(await repository.find(owner))
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

  function usable(row: Installation | undefined): Installation {
    const failure = failureOf(row?.status, installUrl)
    if (row && !failure) return row
    if (row?.status === 'suspended' && row.updatedAt.getTime() + suspendedProbeMs <= now()) return row
    throw failure ?? connectionEnded(installUrl)
  }

  /** Joins the refresh that runs for this owner, or starts one, which outlives the request that asked for it. */
  function replace(owner: TokenOwner, seen: Installation, isMarked = false): Promise<string> {
    const running = flights.get(seen.id)
    if (running) return running
    const { requestId = randomUUID(), priority = 'person' } = currentContext() ?? {}
    const refresh = () =>
      runWithContext({ requestId, deadlineAt: performance.now() + refreshBudgetMs, priority }, () =>
        refresher.refresh(owner, seen, isMarked),
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

  async function renew(owner: TokenOwner): Promise<void> {
    const row = await repository.find(owner)
    if (row && isLiving(row)) await replace(owner, row)
  }

  async function settle(owner: TokenOwner): Promise<void> {
    const row = await repository.find(owner)
    if (row && isLiving(row) && row.refreshingSince !== null) await replace(owner, row, true)
  }

  async function idle(): Promise<void> {
    while (flights.size > 0) await Promise.allSettled(flights.values())
  }

  return { accessToken, replaceRejected, stayedRejected, withCompanyToken, renew, settle, idle }
}

const isLiving = ({ status }: Installation): boolean => status === 'active' || status === 'suspended'

/** An id is random from its start: a share of the spread that is the installation's own. */
function aheadOf({ id, accessExpiresAt, refreshedAt }: Installation): number {
  const lifetimeMs = (accessExpiresAt?.getTime() ?? 0) - (refreshedAt?.getTime() ?? 0)
  const spreadMs = Math.min(aheadSpreadMs, lifetimeMs * aheadShareOfLifetime)
  return spreadMs * (Number.parseInt(id.slice(0, 8), 16) / 0xffff_ffff)
}
