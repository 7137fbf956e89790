import { randomUUID } from 'node:crypto'
import type { InstalledLocation, OAuthApi } from '../highlevel/oauth-api.ts'
import type { Logger } from '../logger.ts'
import { hasCode } from './installation-errors.ts'
import type { Installation, InstallationRepository } from './installation-repository.ts'
import type { PendingInstallRepository } from './pending-install-repository.ts'
import { createTaskLimit } from './task-limit.ts'
import { isUnreadable, type TokenSealer } from './token-sealer.ts'
import type { TokenVault } from './token-vault.ts'

/** What is made while the installer looks at the page; the rest follows as jobs. */
const mintedAtOnce = 20
const parallelMints = 4

export type MintRequest = {
  companyId: string
  locationId: string
  /** When the install happened, epoch ms: an uninstall after it wins. */
  requestedAt: number
}

export type MintedLocations = { installed: InstalledLocation[]; queuedCount: number }
export type LocationMinting = ReturnType<typeof createLocationMinting>

/** Makes locations' own installations out of their company's token. */
export function createLocationMinting(parts: {
  repository: InstallationRepository
  pending: PendingInstallRepository
  sealer: TokenSealer
  oauth: Pick<OAuthApi, 'locationToken' | 'installedLocations'>
  vault: TokenVault
  queueMint: (request: MintRequest) => Promise<void>
  queueCompany: (companyId: string) => Promise<void>
  logger: Logger
  now: () => number
}) {
  const { repository, pending, sealer, oauth, vault, queueMint, queueCompany, logger, now } = parts

  async function mint({ companyId, locationId, requestedAt }: MintRequest): Promise<void> {
    const owner = { kind: 'location', locationId } as const
    if (!needsMint(await repository.find(owner), requestedAt)) return
    const grant = await vault.withCompanyToken(companyId, (token) =>
      oauth.locationToken(token, companyId, locationId),
    )
    const tokens = sealer.columnsOf(owner, grant)
    await repository.save(
      {
        refreshToken: null,
        ...tokens,
        id: randomUUID(),
        ...owner,
        companyId,
        viaCompany: true,
        installedBy: grant.userId,
        installedAt: new Date(requestedAt),
        createdAt: tokens.updatedAt,
      },
      true,
    )
    await pending.remove(locationId)
  }

  /**
   * Brings in every location that the company installed the app in. What fails does not fail the rest: it is tried
   * again as a job.
   */
  async function mintAll(companyId: string, approvedLocations: readonly string[]): Promise<MintedLocations> {
    const listed = await listInstalled(companyId).catch(async (error: unknown) => {
      logger.warn({ err: error, companyId }, 'installed locations could not be listed, will be tried again')
      await queueCompany(companyId)
      return undefined
    })
    const { installed, queuedCount } = await mintThese(companyId, approvedLocations, listed ?? [])
    return { installed, queuedCount: queuedCount + (listed === undefined ? 1 : 0) }
  }

  /** As `mintAll` does, by the list alone. Rejects where that cannot be had; an ended connection has none. */
  async function mintListed(companyId: string): Promise<void> {
    const listed = await listInstalled(companyId).catch((error: unknown) => {
      // Whoever installs it again has it listed again.
      if (!hasCode(error, 'reconnect_required') || isUnreadable(error)) throw error
      logger.warn({ err: error, companyId }, 'installed locations are not listed any more')
    })
    if (listed) await mintThese(companyId, [], listed)
  }

  const listInstalled = (companyId: string): Promise<InstalledLocation[]> =>
    vault.withCompanyToken(companyId, (token) => oauth.installedLocations(token, companyId))

  async function mintThese(
    companyId: string,
    approvedLocations: readonly string[],
    listed: readonly InstalledLocation[],
  ): Promise<MintedLocations> {
    const requestedAt = now()
    const names = new Map([
      ...approvedLocations.map((id) => [id, null] as const),
      ...listed.map(({ id, name }) => [id, name] as const),
    ])
    // Without a company of its own a waiting location may be any company's: only the platform's list claims it.
    for (const { locationId, companyId: owner } of await pending.listOf(companyId)) {
      if (owner !== null && !names.has(locationId)) names.set(locationId, null)
    }
    const known = await repository.findLocations([...names.keys()])
    const missing = [...names.keys()].filter((id) => needsMint(known.get(id), requestedAt))
    const later = missing.slice(mintedAtOnce)
    const limit = createTaskLimit(parallelMints)
    const tries = missing
      .slice(0, mintedAtOnce)
      .map((locationId) =>
        limit(async () => ((await tryMint({ companyId, locationId, requestedAt })) ? [] : [locationId])),
      )
    const failed = (await Promise.all(tries)).flat()
    const queued = [...failed, ...later]
    for (const locationId of queued) await queueMint({ companyId, locationId, requestedAt })
    const installed = [...names].filter(([id]) => !queued.includes(id)).map(([id, name]) => ({ id, name }))
    return { installed, queuedCount: queued.length }
  }

  async function tryMint(request: MintRequest): Promise<boolean> {
    try {
      await mint(request)
      return true
    } catch (error) {
      logger.warn(
        { err: error, locationId: request.locationId },
        'a location could not be added, will be tried again',
      )
      return false
    }
  }

  return { mint, mintLater: queueMint, mintAll, mintListed }
}

/** Whether the company has no token for the location: the app is not in it, or the connection to it has ended. */
export function isMintRefused(error: unknown): boolean {
  const isRefusal = hasCode(
    error,
    'forbidden',
    'not_found',
    'rejected',
    'reconnect_required',
    'location_suspended',
  )
  return isRefusal && !isUnreadable(error)
}

function needsMint(row: Installation | undefined, requestedAt: number): boolean {
  if (!row) return true
  if (row.status === 'uninstalled') return (row.uninstalledAt?.getTime() ?? 0) <= requestedAt
  return row.status !== 'active' || (row.viaCompany && row.installedAt.getTime() < requestedAt)
}
