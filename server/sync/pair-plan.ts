import type {
  SyncFieldChange,
  SyncMapping,
  SyncReason,
  SyncSettings,
  SyncSide,
} from '../../shared/sync-contract.ts'
import { contentHash } from './content-hash.ts'
import { type KeptValues, keptValues, mappedValue, mergeField, phoneMapping } from './field-merge.ts'
import { splitName } from './name-parts.ts'
import type { ContactChange, SideContact } from './sync-side.ts'
import { mergeTags } from './tag-merge.ts'

/** What both sides held when they were last made the same. */
export type KeptPair = {
  crmValues: KeptValues
  providerValues: KeptValues
  crmTags: readonly string[]
  providerTags: readonly string[]
}

export type PairPlan = {
  /** Undefined where nothing is to be written. */
  crm: ContactChange | undefined
  provider: ContactChange | undefined
  changes: SyncFieldChange[]
  isConflict: boolean
}

export type PlanSettings = Pick<SyncSettings, 'mappings' | 'syncTags' | 'tagOrder'>

const nothing: PairPlan = { crm: undefined, provider: undefined, changes: [], isConflict: false }

export const allMappings = ({ mappings }: Pick<SyncSettings, 'mappings'>): SyncMapping[] => [
  phoneMapping,
  ...mappings,
]

/** No tag is empty. */
const unnamedTag = ''

/** Tells whether a side still is as it was when both were last made the same. */
export function sideHash(contact: SideContact, side: SyncSide, settings: PlanSettings): string {
  const values = keptValues(contact, side, allMappings(settings))
  const tags = contact.hasUnnamedTags ? [...contact.tags, unnamedTag] : contact.tags
  return contentHash(values, settings.syncTags ? tags : undefined)
}

/**
 * What has to be written so that both say the same. Nothing at all where neither changed since the last time, so that
 * what a side would not take is not offered to it again and again.
 * @param addTag given to a contact that is new in the CRM
 */
export function planPair(parts: {
  crm: SideContact
  provider: SideContact
  kept: (KeptPair & { crmHash: string; providerHash: string }) | undefined
  settings: PlanSettings
  addTag?: string | undefined
}): PairPlan {
  const { crm, provider, kept, settings } = parts
  const isSame =
    kept?.crmHash === sideHash(crm, 'crm', settings) &&
    kept.providerHash === sideHash(provider, 'provider', settings)
  if (isSame) return nothing

  const fields: Record<SyncSide, Record<string, string>> = { crm: {}, provider: {} }
  const changes: SyncFieldChange[] = []
  for (const mapping of allMappings(settings)) {
    const values = kept && { crm: kept.crmValues, provider: kept.providerValues }
    const { write, change } = mergeField({ mapping, crm, provider, kept: values })
    if (change) changes.push(change)
    if (!write) continue
    const name = write.to === 'crm' ? mapping.crmField : mapping.providerField
    Object.assign(fields[write.to], name === 'fullName' ? splitName(write.value) : { [name]: write.value })
  }
  const tags = planTags(parts)
  changes.push(...tags.changes)
  return {
    crm: changeOf(fields.crm, tags.crm, crm),
    provider: changeOf(fields.provider, tags.provider, provider),
    changes,
    isConflict: changes.some(({ reason }) => reason === 'newest' || reason === 'rule'),
  }
}

function changeOf(
  fields: Record<string, string>,
  tags: readonly string[] | undefined,
  { tags: tagsBefore }: SideContact,
): ContactChange | undefined {
  if (Object.keys(fields).length === 0 && tags === undefined) return undefined
  return { fields, tags, tagsBefore }
}

function planTags({ crm, provider, kept, settings, addTag }: Parameters<typeof planPair>[0]) {
  const given = addTag === undefined ? [] : [addTag.trim().toLowerCase()]
  const crmTags = [...new Set([...crm.tags, ...given])]
  const isGiven = crmTags.length > crm.tags.length
  const changes: SyncFieldChange[] = []
  if (!settings.syncTags) {
    if (isGiven) changes.push({ field: 'tags', writtenTo: 'crm', reason: 'changed' })
    return { crm: isGiven ? crmTags : undefined, provider: undefined, changes }
  }
  const before = new Set(kept?.providerTags)
  const now = { crm: crmTags, provider: provider.tags, hasUnnamed: provider.hasUnnamedTags }
  const merged = mergeTags(now, before, settings.tagOrder)
  const isInCrm = sameTags(merged.crm, crm.tags)
  const isInProvider = sameTags(merged.provider, provider.tags)
  if (!isInCrm) changes.push({ field: 'tags', writtenTo: 'crm', reason: 'changed' })
  if (!isInProvider) changes.push({ field: 'tags', writtenTo: 'provider', reason: 'changed' })
  for (const tag of merged.leftOut) changes.push({ field: `tag:${tag}`, writtenTo: null, reason: 'no_room' })
  return {
    crm: isInCrm ? undefined : merged.crm,
    provider: isInProvider ? undefined : merged.provider,
    changes,
  }
}

function sameTags(one: readonly string[], other: readonly string[]): boolean {
  const tags = new Set(other)
  return one.length === tags.size && one.every((tag) => tags.has(tag))
}

/** Who cannot be found again by phone or e-mail would be made twice after a lost answer. */
export function whyNotMade(
  from: SideContact,
  to: SyncSide,
  { createInCrm, createInProvider }: Pick<SyncSettings, 'createInCrm' | 'createInProvider'>,
): SyncReason | undefined {
  const hasPhone = Boolean(mappedValue(from, to === 'crm' ? 'provider' : 'crm', phoneMapping))
  if (to === 'provider' && !hasPhone) return 'no_phone'
  if (to === 'crm' && !hasPhone && from.email === null) return 'no_address'
  return (to === 'crm' ? createInCrm : createInProvider) ? undefined : 'not_wanted'
}

/** What a new contact on the other side begins with. */
export function planCreation(parts: {
  from: SideContact
  to: SyncSide
  settings: PlanSettings
  addTag?: string | undefined
}): PairPlan {
  const { from, to, settings, addTag } = parts
  const empty: SideContact = { id: '', phone: null, email: null, updatedAtMs: 0, fields: {}, tags: [] }
  const sides = to === 'crm' ? { crm: empty, provider: from } : { crm: from, provider: empty }
  return planPair({ ...sides, kept: undefined, settings, addTag })
}
