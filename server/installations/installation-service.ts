import { randomUUID } from 'node:crypto'
import type { InstallationAnswer } from '../../shared/session-contract.ts'
import { AppError } from '../errors.ts'
import type { MarketplaceApi } from '../highlevel/marketplace-api.ts'
import type { InstalledLocation, OAuthApi, TokenGrant } from '../highlevel/oauth-api.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import type { Session } from '../session/session.ts'
import { connectionEnded, failureOf, hasCode } from './installation-errors.ts'
import type { Installation, InstallationRepository } from './installation-repository.ts'
import type { LocationMinting } from './location-minting.ts'
import type { LocationProfiles } from './location-profile.ts'
import type { PendingInstallRepository } from './pending-install-repository.ts'
import { missingScopes } from './scopes.ts'
import type { TokenSealer } from './token-sealer.ts'
import type { TokenVault } from './token-vault.ts'

export type InstallResult = {
  installed: InstalledLocation[]
  /** Sub-accounts that follow in a moment. */
  queuedCount: number
}

export type InstallationService = ReturnType<typeof createInstallationService>

export function createInstallationService(parts: {
  repository: InstallationRepository
  pending: PendingInstallRepository
  sealer: TokenSealer
  oauth: Pick<OAuthApi, 'exchangeCode'>
  marketplace: MarketplaceApi
  vault: TokenVault
  minting: LocationMinting
  profiles: LocationProfiles
  installUrl: string
  now: () => number
}) {
  const { repository, pending, sealer, oauth, marketplace, vault, minting, profiles, installUrl, now } = parts

  /**
   * Exchanges the code and stores what it gives: one location, or a company with a token for each of its locations.
   * It is bound to the ids of the token alone.
   */
  async function installFromCode(code: string): Promise<InstallResult> {
    const grant = await oauth.exchangeCode(code)
    const { companyId, locationId } = grant
    if (grant.userType === 'Company' && companyId !== null) {
      await store({ kind: 'company', companyId }, grant)
      return minting.mintAll(companyId, grant.approvedLocations)
    }
    if (locationId === null)
      throw new AppError('upstream_failed', 'The CRM did not say which sub-account this is for.')
    const row = await store({ kind: 'location', locationId }, grant)
    await pending.remove(locationId)
    return { installed: [{ id: locationId, name: await nameOf(row) }], queuedCount: 0 }
  }

  async function store(owner: TokenOwner, grant: TokenGrant): Promise<Installation> {
    const tokens = sealer.columnsOf(owner, grant)
    const before = await repository.find(owner)
    // Never before the uninstall that this follows, whatever the two clocks say.
    const installedAtMs = Math.max(now(), (before?.uninstalledAt?.getTime() ?? -1) + 1)
    const row = await repository.save(
      {
        refreshToken: null,
        ...tokens,
        id: randomUUID(),
        ...owner,
        companyId: grant.companyId,
        viaCompany: false,
        installedBy: grant.userId,
        installedAt: new Date(installedAtMs),
        createdAt: tokens.updatedAt,
      },
      false,
    )
    if (!row) throw new Error('an unconditional save gave no row')
    return row
  }

  /** Only for the page that says "installed": it does without. */
  async function nameOf(row: Installation): Promise<string | null> {
    try {
      return (await profiles.of(row)).name
    } catch {
      return null
    }
  }

  /**
   * The location's installation, ready for use. A suspended one is asked again now and then.
   * @throws {AppError} `reconnect_required` or `location_suspended`
   */
  async function requireActive(locationId: string): Promise<Installation> {
    const owner = { kind: 'location', locationId } as const
    const row = await repository.findRecent(owner)
    if (row?.status === 'suspended') {
      await vault.accessToken(owner)
      return requireRow(await repository.find(owner))
    }
    return requireRow(row)
  }

  function requireRow(row: Installation | undefined): Installation {
    const failure = failureOf(row?.status, installUrl)
    if (!row || failure) throw failure ?? connectionEnded(installUrl)
    return row
  }

  async function describe(session: Session): Promise<InstallationAnswer> {
    const row = await requireActive(session.locationId)
    return {
      installation: {
        locationId: session.locationId,
        locationName: (await profiles.of(row)).name,
        installedAt: row.installedAt.toISOString(),
        scopes: row.scopes,
        missingScopes: missingScopes(row.scopes),
        viaAgency: row.viaCompany,
        installUrl,
      },
    }
  }

  /** Takes the app out of the location in the CRM itself; only then is the connection forgotten here. */
  async function disconnect(session: Session): Promise<void> {
    const row = await requireActive(session.locationId)
    try {
      await marketplace.uninstallLocation(session.locationId, 'Disconnected in the app by an admin')
    } catch (error) {
      // What is not installed there (any more) is what was asked for.
      if (!hasCode(error, 'not_found')) throw explainRefusal(error)
    }
    const at = new Date(Math.max(now(), row.installedAt.getTime()))
    const gone = { ...row, id: randomUUID(), status: 'uninstalled' as const }
    await repository.uninstallLocation(gone, session.locationId, at)
  }

  /** Additional origin that may embed the app: the white-label domain of the location's agency. */
  async function frameAncestorsOf(locationId: string): Promise<string[]> {
    const row = await repository.findRecent({ kind: 'location', locationId })
    return row?.whitelabelDomain ? [`https://${row.whitelabelDomain}`] : []
  }

  return { installFromCode, requireActive, describe, disconnect, frameAncestorsOf }
}

function explainRefusal(error: unknown): unknown {
  if (hasCode(error, 'reconnect_required')) {
    return new AppError(
      'reconnect_required',
      'The CRM no longer accepts this connection, so it could not be ended from here. Remove Wrapup in the CRM under Settings, Integrations, or connect again first.',
      { cause: error, details: error.details },
    )
  }
  if (hasCode(error, 'forbidden', 'rejected')) {
    return new AppError(
      error.code,
      'The CRM did not allow Wrapup to be removed from here. An agency admin can remove it in the marketplace under installed apps.',
      { cause: error },
    )
  }
  return error
}
