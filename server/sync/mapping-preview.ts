import type { SyncMapping, SyncPreviewAnswer } from '../../shared/sync-contract.ts'
import { mergeField } from './field-merge.ts'
import { keptPair } from './linked-pair.ts'
import type { SyncLink } from './sync-link-repository.ts'
import type { SideContact } from './sync-side.ts'

const nobody: SideContact = { id: '', phone: null, email: null, updatedAtMs: 0, fields: {}, tags: [] }

/** What mappings would do to a contact. @param parts.provider undefined where the other system does not have it */
export function previewMappings(parts: {
  crm: SideContact
  provider: SideContact | undefined
  link: SyncLink | undefined
  mappings: readonly SyncMapping[]
}): SyncPreviewAnswer {
  const { crm, provider, link, mappings } = parts
  const pair = keptPair(link)
  const kept = pair && { crm: pair.crmValues, provider: pair.providerValues }
  const rows = mappings.map((mapping) => {
    const merged = mergeField({ mapping, crm, provider: provider ?? nobody, kept })
    return {
      crmField: mapping.crmField,
      providerField: mapping.providerField,
      crmValue: merged.crmValue ?? null,
      providerValue: merged.providerValue ?? null,
      result: merged.write?.value ?? null,
      writtenTo: merged.write?.to ?? null,
      isUnreadable: merged.crmValue === undefined || merged.providerValue === undefined,
    }
  })
  return { isMatched: provider !== undefined, rows }
}
