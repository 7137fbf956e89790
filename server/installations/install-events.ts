import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Installation, InstallationRepository } from './installation-repository.ts'
import { isMintRefused, type LocationMinting } from './location-minting.ts'
import type { PendingInstallRepository } from './pending-install-repository.ts'

/** How many companies are asked for a location whose INSTALL names none. */
const maxCompaniesAsked = 10

export type InstallEvents = ReturnType<typeof createInstallEvents>

const text = z.string().min(1).max(64)
const optionalText = text.nullish().catch(null)

/**
 * INSTALL and UNINSTALL as the platform tells them; any of the ids may be missing.
 * @see https://marketplace.gohighlevel.com/docs/webhook/AppInstall
 */
const eventSchema = z.object({
  locationId: optionalText,
  companyId: optionalText,
  whitelabelDetails: z
    .object({
      domain: z
        .string()
        .regex(/^[a-z0-9.-]{1,253}$/i)
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
})

/** What the platform's webhooks tell of installs; they come in any order, late, and more than once. */
export function createInstallEvents(parts: {
  repository: InstallationRepository
  pending: PendingInstallRepository
  minting: Pick<LocationMinting, 'mint' | 'mintLater'>
}) {
  const { repository, pending, minting } = parts

  /** An INSTALL alone adds a location where its company's token is stored; else it waits for the callback. */
  async function installed(payload: unknown, at: Date): Promise<void> {
    const { locationId, companyId, whitelabelDetails } = eventSchema.parse(payload)
    // A company's own install brings its token through the callback.
    if (!locationId) return
    const row = await repository.find({ kind: 'location', locationId })
    if (row?.uninstalledAt && row.uninstalledAt > at) return
    const isNews = !row || row.status !== 'active' || (row.viaCompany && row.installedAt < at)
    if (isNews) await addFromCompany(locationId, companyId ?? row?.companyId ?? null, at)
    await noteDetails(locationId, companyId ?? null, whitelabelDetails?.domain ?? null, at)
  }

  async function addFromCompany(locationId: string, companyId: string | null, at: Date): Promise<void> {
    await pending.add(locationId, companyId, at)
    const companies = companyId === null ? await repository.activeCompanyIds(maxCompaniesAsked) : [companyId]
    for (const candidate of companies) {
      const request = { companyId: candidate, locationId, requestedAt: at.getTime() }
      try {
        await minting.mint(request)
        return
      } catch (error) {
        if (!isMintRefused(error)) throw error
        // The event may be ahead of the platform's own books: the company it names is asked again.
        if (companyId !== null && (await hasToken(companyId))) await minting.mintLater(request)
      }
    }
  }

  async function hasToken(companyId: string): Promise<boolean> {
    return (await repository.find({ kind: 'company', companyId }))?.status === 'active'
  }

  /** A repeated install over a live one moves its time on, so that an UNINSTALL from before it stays without effect. */
  async function noteDetails(
    locationId: string,
    companyId: string | null,
    whitelabelDomain: string | null,
    at: Date,
  ): Promise<void> {
    const row: Installation | undefined = await repository.find({ kind: 'location', locationId })
    if (!row || row.status === 'uninstalled') return
    await repository.change(row.id, {
      ...(row.installedAt < at ? { installedAt: at } : {}),
      ...(row.companyId === null && companyId !== null ? { companyId } : {}),
      ...(whitelabelDomain === null ? {} : { whitelabelDomain: whitelabelDomain.toLowerCase() }),
      updatedAt: row.updatedAt,
    })
  }

  /** Ignored for what was installed after `at`. */
  async function uninstalled(payload: unknown, at: Date): Promise<void> {
    const { locationId, companyId } = eventSchema.parse(payload)
    if (locationId) {
      const tombstone = {
        id: randomUUID(),
        kind: 'location' as const,
        locationId,
        companyId: companyId ?? null,
        status: 'uninstalled' as const,
        installedAt: at,
        uninstalledAt: at,
        createdAt: at,
        updatedAt: at,
      }
      await repository.uninstallLocation(tombstone, locationId, at)
      await pending.forget({ locationId }, at)
    } else if (companyId) {
      await repository.uninstallCompany(companyId, at)
      await pending.forget({ companyId }, at)
    }
  }

  return { installed, uninstalled }
}
