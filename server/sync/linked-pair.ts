import type { SyncSettings } from '../../shared/sync-contract.ts'
import { keptValues } from './field-merge.ts'
import { allMappings, type KeptPair, type PlanSettings, sideHash } from './pair-plan.ts'
import type { LinkedPair, SyncLink } from './sync-link-repository.ts'
import type { SideContact } from './sync-side.ts'

/** Undefined as long as both were never made the same. */
export function keptPair(
  link: SyncLink | undefined,
): (KeptPair & { crmHash: string; providerHash: string }) | undefined {
  const { crmValues, providerValues, crmHash, providerHash } = link ?? {}
  if (!link || !crmValues || !providerValues || !crmHash || !providerHash) return undefined
  return { ...link, crmValues, providerValues, crmHash, providerHash }
}

/**
 * What is remembered of a pair once both say the same.
 * @param before what was remembered so far: of tags that have no name for now, it is all that is known
 */
export function keptOf(
  crm: SideContact,
  provider: SideContact,
  settings: PlanSettings,
  before: Pick<KeptPair, 'providerTags'> | undefined,
) {
  const mappings = allMappings(settings)
  const unnamed = provider.hasUnnamedTags ? (before?.providerTags ?? []) : []
  return {
    crmValues: keptValues(crm, 'crm', mappings),
    providerValues: keptValues(provider, 'provider', mappings),
    // Tags that were not synced were not in step: taken for removed, they would be lost.
    crmTags: settings.syncTags ? [...crm.tags] : [],
    providerTags: settings.syncTags ? [...new Set([...provider.tags, ...unnamed])] : [],
    crmHash: sideHash(crm, 'crm', settings),
    providerHash: sideHash(provider, 'provider', settings),
  }
}

/** What is kept of two contacts that say the same. @param before what was kept of them so far */
export function linkedPair(
  crm: SideContact,
  provider: SideContact,
  settings: SyncSettings,
  before: SyncLink | undefined,
): LinkedPair {
  return {
    crmContactId: crm.id,
    providerContactId: provider.id,
    ...keptOf(crm, provider, settings, before),
    crmUpdatedAt: new Date(crm.updatedAtMs),
    providerUpdatedAt: new Date(provider.updatedAtMs),
  }
}
