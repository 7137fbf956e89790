import type { SyncSettings } from '../../shared/sync-contract.ts'
import { type KeptPair, keptOf } from './pair-plan.ts'
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

/** What is kept of two contacts that say the same. */
export function linkedPair(crm: SideContact, provider: SideContact, settings: SyncSettings): LinkedPair {
  return {
    crmContactId: crm.id,
    providerContactId: provider.id,
    ...keptOf(crm, provider, settings),
    crmUpdatedAt: new Date(crm.updatedAtMs),
    providerUpdatedAt: new Date(provider.updatedAtMs),
  }
}
