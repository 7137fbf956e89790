import type { SyncFieldsAnswer, SyncMapping, SyncSide } from '../../shared/sync-contract.ts'
import { syncTexts } from '../sync-texts.ts'

const words = syncTexts.mapping

/** What a field writes to: the whole name writes to both of its parts. */
const partsOf = (field: string): string[] => (field === 'fullName' ? ['firstName', 'lastName'] : [field])

const fieldOf = (mapping: SyncMapping, side: SyncSide) =>
  side === 'crm' ? mapping.crmField : mapping.providerField

const writesTo = ({ direction }: SyncMapping, side: SyncSide) =>
  direction === 'both' || direction === (side === 'crm' ? 'to_crm' : 'to_provider')

/** A field as people call it; a custom one that no longer is listed by its id. */
export function fieldName(fields: SyncFieldsAnswer, side: SyncSide, key: string): string {
  return fields[side].find((field) => field.key === key)?.name ?? key.replace(/^custom:/, '')
}

/** Why each row cannot work, as the server would refuse it; null for one that can. */
export function mappingProblems(
  mappings: readonly SyncMapping[],
  fields: SyncFieldsAnswer,
): (string | null)[] {
  const written = { crm: new Set<string>(), provider: new Set<string>() }

  function problemOn(mapping: SyncMapping, side: SyncSide): string | null {
    const key = fieldOf(mapping, side)
    const field = fields[side].find((known) => known.key === key)
    // Which custom fields there are, the CRM does not tell: those of contacts that were seen are offered.
    if (!field && !(side === 'crm' && key.startsWith('custom:'))) return words.gone(key)
    if (!writesTo(mapping, side)) return null
    if (field?.isReadOnly) return words.readOnly(field.name)
    const isTaken = partsOf(key).some((part) => written[side].has(part))
    for (const part of partsOf(key)) written[side].add(part)
    return isTaken ? words.twice(fieldName(fields, side, key)) : null
  }

  return mappings.map((mapping) => {
    const [inCrm, inProvider] = [problemOn(mapping, 'crm'), problemOn(mapping, 'provider')]
    return inCrm ?? inProvider
  })
}

/** A new row: of the fields that none is mapped to yet, the first that both sides have, else any. */
export function nextMapping(mappings: readonly SyncMapping[], fields: SyncFieldsAnswer): SyncMapping | null {
  const free = (side: SyncSide) => {
    const taken = new Set(mappings.flatMap((mapping) => partsOf(fieldOf(mapping, side))))
    const isFree = (key: string) => !partsOf(key).some((part) => taken.has(part))
    return fields[side].filter(({ key, isReadOnly }) => !isReadOnly && isFree(key))
  }
  const [crm, provider] = [free('crm'), free('provider')]
  const shared = crm.find(({ key }) => provider.some((other) => other.key === key))
  const crmField = (shared ?? crm[0] ?? fields.crm[0])?.key
  const providerField = (shared ?? provider[0] ?? fields.provider[0])?.key
  if (crmField === undefined || providerField === undefined) return null
  return { crmField, providerField, transforms: ['trim'], direction: 'both', rule: 'newest' }
}
