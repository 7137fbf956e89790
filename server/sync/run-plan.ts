import type { SyncCounts, SyncFieldChange, SyncReason, SyncSettings } from '../../shared/sync-contract.ts'
import { type DuplicateProposal, matchContacts } from './contact-matching.ts'
import { type PairPlan, planCreation, planPair } from './pair-plan.ts'
import { keptPair, linkedPair } from './linked-pair.ts'
import type { LinkedPair, SyncLink } from './sync-link-repository.ts'
import type { NewSyncLogRow } from './sync-log-repository.ts'
import type { SideContact } from './sync-side.ts'

type Row = Omit<NewSyncLogRow, 'locationId' | 'runId' | 'origin' | 'at' | 'state'>

export type RunPlan = {
  rows: Row[]
  /** Both say the same already; what is kept of them was missing or old. */
  linkOnly: LinkedPair[]
  duplicates: DuplicateProposal[]
  counts: Pick<
    SyncCounts,
    'createInCrm' | 'createInProvider' | 'update' | 'conflict' | 'skip' | 'duplicate' | 'same'
  >
}

const plain = {
  target: null,
  fields: [] as SyncFieldChange[],
  isConflict: false,
  crmContactId: null,
  providerContactId: null,
}

/** What a run has to do, from all that it read. @param apart contacts that a person wants to be left alone */
export function planRun(parts: {
  crm: readonly SideContact[]
  provider: readonly SideContact[]
  links: readonly SyncLink[]
  apart: { crm: ReadonlySet<string>; provider: ReadonlySet<string> }
  settings: SyncSettings
}): RunPlan {
  const { links, apart, settings } = parts
  const contacts = {
    crm: new Map(parts.crm.map((contact) => [contact.id, contact])),
    provider: new Map(parts.provider.map((contact) => [contact.id, contact])),
  }
  const matched = matchContacts(parts.crm, parts.provider, links)
  const linkOf = new Map(links.map((link) => [link.crmContactId, link]))
  const rows: Row[] = []
  const linkOnly: LinkedPair[] = []
  let same = 0

  for (const { crmId, providerId } of matched.pairs) {
    const [crm, provider] = [contacts.crm.get(crmId), contacts.provider.get(providerId)]
    if (!crm || !provider) continue
    const link = linkOf.get(crmId)
    const plan = planPair({ crm, provider, kept: keptPair(link), settings })
    if (plan.crm || plan.provider) rows.push(updateRow(crmId, providerId, plan))
    else {
      same += 1
      const pair = linkedPair(crm, provider, settings)
      const isKept = link?.crmHash === pair.crmHash && link.providerHash === pair.providerHash && !link.isGone
      if (!isKept) linkOnly.push(pair)
    }
  }
  rows.push(...goneRows(matched.halfLinked, linkOf))
  for (const id of matched.onlyCrm) rows.push(creationRow('provider', contacts.crm.get(id), apart, settings))
  for (const id of matched.onlyProvider)
    rows.push(creationRow('crm', contacts.provider.get(id), apart, settings))
  const duplicates = matched.duplicates.filter(
    ({ crmIds, providerIds }) =>
      !crmIds.every((id) => apart.crm.has(id)) || !providerIds.every((id) => apart.provider.has(id)),
  )
  rows.push(...duplicates.map(duplicateRow))
  return { rows, linkOnly, duplicates, counts: { ...countsOf(rows), same } }
}

function updateRow(crmContactId: string, providerContactId: string, plan: PairPlan): Row {
  const target = plan.crm && plan.provider ? null : plan.crm ? 'crm' : 'provider'
  const { changes: fields, isConflict } = plan
  return { action: 'update', target, reason: 'changed', crmContactId, providerContactId, fields, isConflict }
}

function goneRows(
  halfLinked: ReturnType<typeof matchContacts>['halfLinked'],
  linkOf: ReadonlyMap<string, SyncLink>,
): Row[] {
  return halfLinked.flatMap(({ crmId, providerId }): Row[] =>
    linkOf.get(crmId)?.isGone
      ? []
      : [
          {
            ...plain,
            action: 'skip',
            reason: 'deleted',
            crmContactId: crmId,
            providerContactId: providerId,
          },
        ],
  )
}

function creationRow(
  to: 'crm' | 'provider',
  from: SideContact | undefined,
  apart: { crm: ReadonlySet<string>; provider: ReadonlySet<string> },
  settings: SyncSettings,
): Row {
  const id = from?.id ?? null
  const ids = to === 'provider' ? { crmContactId: id } : { providerContactId: id }
  const skip = (reason: SyncReason): Row => ({ ...plain, ...ids, action: 'skip', target: to, reason })
  const isApart = id !== null && (to === 'provider' ? apart.crm : apart.provider).has(id)
  if (!from || isApart) return skip('kept_apart')
  if (to === 'provider' && from.phone === null) return skip('no_phone')
  if (!(to === 'crm' ? settings.createInCrm : settings.createInProvider)) return skip('not_wanted')
  const addTag = to === 'crm' ? (settings.newContactTag ?? undefined) : undefined
  const { changes } = planCreation({ from, to, settings, addTag })
  return { ...plain, ...ids, action: 'create', target: to, reason: 'new_contact', fields: changes }
}

function duplicateRow({ crmIds, providerIds, reason }: DuplicateProposal): Row {
  const crmContactId = crmIds[0] ?? null
  const providerContactId = providerIds[0] ?? null
  return { ...plain, action: 'duplicate', reason, crmContactId, providerContactId }
}

function countsOf(rows: readonly Row[]): Omit<RunPlan['counts'], 'same'> {
  const count = (fits: (row: Row) => boolean) => rows.filter(fits).length
  return {
    createInCrm: count(({ action, target }) => action === 'create' && target === 'crm'),
    createInProvider: count(({ action, target }) => action === 'create' && target === 'provider'),
    update: count(({ action }) => action === 'update'),
    conflict: count(({ isConflict }) => isConflict),
    skip: count(({ action }) => action === 'skip'),
    duplicate: count(({ action }) => action === 'duplicate'),
  }
}
