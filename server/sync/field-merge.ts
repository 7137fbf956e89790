import type { SyncFieldChange, SyncFieldReason, SyncMapping, SyncSide } from '../../shared/sync-contract.ts'
import { canonicalValue } from './field-transforms.ts'
import { joinName } from './name-parts.ts'
import type { SideContact } from './sync-side.ts'

/** Canonical values by mapping, as they were when the sides were last made the same. */
export type KeptValues = Readonly<Record<string, string>>

export type FieldMerge = {
  crmField: string
  providerField: string
  /** Undefined where nothing is to be written. */
  write: { to: SyncSide; value: string } | undefined
  change: SyncFieldChange | undefined
  /** Undefined: not readable. */
  crmValue: string | undefined
  providerValue: string | undefined
}

/** Contacts are known by their phone, so it is always kept in step, and never emptied. */
export const phoneMapping: SyncMapping = {
  crmField: 'phone',
  providerField: 'phone',
  transforms: ['phone'],
  direction: 'both',
  rule: 'newest',
}

export const mappingKey = ({ crmField, providerField }: SyncMapping): string => `${crmField}>${providerField}`

function rawValue(contact: SideContact, field: string): string {
  if (field === 'phone') return contact.phone ?? ''
  if (field === 'fullName') return joinName(contact.fields['firstName'], contact.fields['lastName'])
  return contact.fields[field] ?? ''
}

/** @returns undefined for what the mapping's transforms cannot read */
export function mappedValue(contact: SideContact, side: SyncSide, mapping: SyncMapping): string | undefined {
  const field = side === 'crm' ? mapping.crmField : mapping.providerField
  const isEmail = mapping.crmField === 'email' || mapping.providerField === 'email'
  return canonicalValue(
    rawValue(contact, field),
    isEmail ? [...mapping.transforms, 'lower'] : mapping.transforms,
  )
}

/** What is readable of a side under the mappings, for the next comparison. */
export function keptValues(
  contact: SideContact,
  side: SyncSide,
  mappings: readonly SyncMapping[],
): Record<string, string> {
  return Object.fromEntries(
    mappings.flatMap((mapping) => {
      const value = mappedValue(contact, side, mapping)
      return value === undefined ? [] : [[mappingKey(mapping), value]]
    }),
  )
}

type Verdict = { to: SyncSide; reason: SyncFieldReason }

/** Three-way: what each side holds now against what it held when they were last the same. */
export function mergeField(parts: {
  mapping: SyncMapping
  crm: SideContact
  provider: SideContact
  kept: { crm: KeptValues; provider: KeptValues } | undefined
}): FieldMerge {
  const { mapping, crm, provider, kept } = parts
  const { crmField, providerField } = mapping
  const crmValue = mappedValue(crm, 'crm', mapping)
  const providerValue = mappedValue(provider, 'provider', mapping)
  const field = crmField
  const base = { crmField, providerField, crmValue, providerValue }
  if (crmValue === undefined || providerValue === undefined) {
    return { ...base, write: undefined, change: { field, writtenTo: null, reason: 'not_readable' } }
  }
  const key = mappingKey(mapping)
  const verdict = judge({
    mapping,
    values: { crm: crmValue, provider: providerValue },
    before: { crm: kept?.crm[key], provider: kept?.provider[key] },
    newer: provider.updatedAtMs > crm.updatedAtMs ? 'provider' : 'crm',
  })
  if (!verdict) return { ...base, write: undefined, change: undefined }
  const { to, reason } = verdict
  const value = to === 'crm' ? providerValue : crmValue
  if (crmField === 'phone' && value === '') return { ...base, write: undefined, change: undefined }
  return { ...base, write: { to, value }, change: { field, writtenTo: to, reason } }
}

function judge(parts: {
  mapping: SyncMapping
  values: Record<SyncSide, string>
  before: Record<SyncSide, string | undefined>
  newer: SyncSide
}): Verdict | undefined {
  const { mapping, values, before, newer } = parts
  if (values.crm === values.provider) return undefined
  const isKnown = before.crm !== undefined && before.provider !== undefined
  const changed = { crm: values.crm !== before.crm, provider: values.provider !== before.provider }
  if (isKnown && !changed.crm && !changed.provider) return undefined
  if (mapping.direction !== 'both') {
    const to = mapping.direction === 'to_crm' ? 'crm' : 'provider'
    const source = to === 'crm' ? 'provider' : 'crm'
    // A source that never held anything has nothing to say.
    return values[source] === '' && !before[source] ? undefined : { to, reason: 'one_way' }
  }
  if (!isKnown && values.crm === '') return { to: 'crm', reason: 'filled' }
  if (!isKnown && values.provider === '') return { to: 'provider', reason: 'filled' }
  if (isKnown && !changed.provider) return { to: 'provider', reason: 'changed' }
  if (isKnown && !changed.crm) return { to: 'crm', reason: 'changed' }
  const winner = mapping.rule === 'newest' ? newer : mapping.rule
  return { to: winner === 'crm' ? 'provider' : 'crm', reason: mapping.rule === 'newest' ? 'newest' : 'rule' }
}
