import type {
  SyncCounts,
  SyncFieldChange,
  SyncReason,
  SyncSettings,
  SyncSide,
} from '../../shared/sync-contract.ts'
import type { DuplicateProposal, Matching } from './contact-matching.ts'
import { keptPair, linkedPair } from './linked-pair.ts'
import { type PairPlan, planCreation, planPair, whyNotMade } from './pair-plan.ts'
import type { LinkedPair, LinkKey, SyncLink } from './sync-link-repository.ts'
import type { NewSyncLogRow } from './sync-log-repository.ts'
import type { SideContact } from './sync-side.ts'

/** Something that a run is to do, or leaves alone. */
export type PlanRow = Omit<NewSyncLogRow, 'locationId' | 'runId' | 'origin' | 'at' | 'state'>

export type PairsPlan = {
  rows: PlanRow[]
  /** Both say the same already; what is kept of them was missing or old. */
  linkOnly: LinkedPair[]
  same: number
}

/** Contacts that a person wants to be left alone. */
export type ApartContacts = Record<SyncSide, ReadonlySet<string>>

const plain = {
  target: null,
  fields: [] as SyncFieldChange[],
  isConflict: false,
  crmContactId: null,
  providerContactId: null,
}

/** What a run has to do with contacts that belong together. */
export function planPairs(parts: {
  pairs: readonly Matching['pairs'][number][]
  contacts: Record<SyncSide, ReadonlyMap<string, SideContact>>
  /** By the id in the CRM. */
  links: ReadonlyMap<string, SyncLink>
  settings: SyncSettings
  /** When the reading began. */
  readFrom: Date
}): PairsPlan {
  const { pairs, contacts, links, settings, readFrom } = parts
  const plan: PairsPlan = { rows: [], linkOnly: [], same: 0 }
  for (const { crmId, providerId } of pairs) {
    const [crm, provider] = [contacts.crm.get(crmId), contacts.provider.get(providerId)]
    if (!crm || !provider) continue
    const link = links.get(crmId)
    const pairPlan = planPair({ crm, provider, kept: keptPair(link), settings })
    if (pairPlan.crm || pairPlan.provider) {
      plan.rows.push(updateRow(crmId, providerId, pairPlan))
      continue
    }
    plan.same += 1
    const pair = linkedPair(crm, provider, settings, link)
    const isKept = link?.crmHash === pair.crmHash && link.providerHash === pair.providerHash && !link.isGone
    if (!isKept && !isNewer(link, readFrom)) plan.linkOnly.push(pair)
  }
  return plan
}

/** Brought in step since it was read: what was read is out of date. */
const isNewer = (link: SyncLink | undefined, readFrom: Date): boolean =>
  link !== undefined && link.crmHash !== null && link.syncedAt >= readFrom

function updateRow(crmContactId: string, providerContactId: string, plan: PairPlan): PlanRow {
  const target = plan.crm && plan.provider ? null : plan.crm ? 'crm' : 'provider'
  const { changes: fields, isConflict } = plan
  return { action: 'update', target, reason: 'changed', crmContactId, providerContactId, fields, isConflict }
}

/** Of contacts whose other half is not there; what was known before is not told again. */
export function planGone(halfLinked: Matching['halfLinked'], links: readonly LinkKey[]): PlanRow[] {
  const known = new Set(links.filter(({ isGone }) => isGone).map(({ crmContactId }) => crmContactId))
  return halfLinked.flatMap(({ crmId, providerId }): PlanRow[] =>
    known.has(crmId)
      ? []
      : [{ ...plain, action: 'skip', reason: 'deleted', crmContactId: crmId, providerContactId: providerId }],
  )
}

/** Of a contact that the other side does not have. */
export function planNew(
  to: SyncSide,
  from: SideContact,
  apart: ApartContacts,
  settings: SyncSettings,
): PlanRow {
  const ids = to === 'provider' ? { crmContactId: from.id } : { providerContactId: from.id }
  const isApart = (to === 'provider' ? apart.crm : apart.provider).has(from.id)
  const reason: SyncReason | undefined = isApart ? 'kept_apart' : whyNotMade(from, to, settings)
  if (reason) return { ...plain, ...ids, action: 'skip', target: to, reason }
  const addTag = to === 'crm' ? (settings.newContactTag ?? undefined) : undefined
  const { changes } = planCreation({ from, to, settings, addTag })
  return { ...plain, ...ids, action: 'create', target: to, reason: 'new_contact', fields: changes }
}

/** Those that nobody wanted to be left alone. */
export function openDuplicates(
  duplicates: readonly DuplicateProposal[],
  apart: ApartContacts,
): DuplicateProposal[] {
  return duplicates.filter(
    ({ crmIds, providerIds }) =>
      !crmIds.every((id) => apart.crm.has(id)) || !providerIds.every((id) => apart.provider.has(id)),
  )
}

export function duplicateRow({ crmIds, providerIds, reason }: DuplicateProposal): PlanRow {
  const crmContactId = crmIds[0] ?? null
  const providerContactId = providerIds[0] ?? null
  return { ...plain, action: 'duplicate', reason, crmContactId, providerContactId }
}

export type PlanCounts = Omit<SyncCounts, 'readInProvider' | 'readInCrm' | 'done' | 'failed'>

export const noPlanCounts: PlanCounts = {
  createInCrm: 0,
  createInProvider: 0,
  update: 0,
  conflict: 0,
  skip: 0,
  duplicate: 0,
  same: 0,
}

export function addCounts(counts: PlanCounts, rows: readonly PlanRow[], same = 0): PlanCounts {
  const count = (fits: (row: PlanRow) => boolean) => rows.filter(fits).length
  return {
    createInCrm: counts.createInCrm + count(({ action, target }) => action === 'create' && target === 'crm'),
    createInProvider:
      counts.createInProvider + count(({ action, target }) => action === 'create' && target === 'provider'),
    update: counts.update + count(({ action }) => action === 'update'),
    conflict: counts.conflict + count(({ isConflict }) => isConflict),
    skip: counts.skip + count(({ action }) => action === 'skip'),
    duplicate: counts.duplicate + count(({ action }) => action === 'duplicate'),
    same: counts.same + same,
  }
}
