import type { SyncReason, SyncSide } from '../../shared/sync-contract.ts'
import type { DuplicateProposal } from './contact-matching.ts'
import { planCreation } from './pair-plan.ts'
import { keep, settle } from './pair-settling.ts'
import { otherSide, type PairIds, type PairOutcome, type PairSyncParts, type PairTask } from './pair-task.ts'
import type { SyncLink } from './sync-link-repository.ts'
import type { SideContact } from './sync-side.ts'

const none: PairIds = { crmContactId: null, providerContactId: null }
const idOn = (side: SyncSide, { id }: SideContact): PairIds =>
  side === 'crm' ? { ...none, crmContactId: id } : { ...none, providerContactId: id }

/** Looks for the contact on the other side, and makes it where there is none. */
export async function meet(
  parts: PairSyncParts,
  task: PairTask,
  from: SyncSide,
  contact: SideContact,
): Promise<PairOutcome> {
  const to = otherSide(from)
  const found = await parts.sides[to].find(contact)
  const byPhone = found.filter(({ phone }) => phone !== null && phone === contact.phone)
  const meant = byPhone.length > 0 ? byPhone : found
  const [only] = meant
  if (!only) return make(parts, task, from, contact)
  const takenBy = await parts.links.findBy(task.locationId, to, only.id)
  const isByEmail = byPhone.length === 0
  const contradicts = isByEmail && only.phone !== null && contact.phone !== null
  if (!takenBy && !contradicts && meant.length === 1) {
    return settle(parts, task, undefined, { [from]: contact, [to]: only }, from === 'provider')
  }
  const reason = takenBy ? 'already_linked' : isByEmail ? 'same_email' : 'same_phone'
  const proposal = proposalOf(from, contact, meant, takenBy, reason)
  return { kind: 'duplicate', proposal, ...idOn(from, contact) }
}

async function make(
  parts: PairSyncParts,
  task: PairTask,
  from: SyncSide,
  contact: SideContact,
): Promise<PairOutcome> {
  const { sides, settings } = parts
  const to = otherSide(from)
  const skip = (reason: SyncReason): PairOutcome => ({ kind: 'skip', reason, ...idOn(from, contact) })
  if (to === 'provider' && contact.phone === null) return skip('no_phone')
  if (!(to === 'crm' ? settings.createInCrm : settings.createInProvider)) return skip('not_wanted')
  const addTag = to === 'crm' ? (settings.newContactTag ?? undefined) : undefined
  const plan = planCreation({ from: contact, to, settings, addTag })
  const made = await sides[to].create({ fields: plan[to]?.fields ?? {}, tags: plan[to]?.tags })
  const [crm, provider] = to === 'crm' ? [made, contact] : [contact, made]
  await keep(parts, task, { crm, provider })
  const ids = { crmContactId: crm.id, providerContactId: provider.id }
  return { kind: 'create', target: to, changes: plan.changes, isConflict: false, ...ids }
}

function proposalOf(
  from: SyncSide,
  contact: SideContact,
  meant: readonly SideContact[],
  takenBy: SyncLink | undefined,
  reason: SyncReason,
): DuplicateProposal {
  const there = meant.map(({ id }) => id)
  const partner = from === 'crm' ? takenBy?.crmContactId : takenBy?.providerContactId
  const here = [contact.id, ...(partner === undefined ? [] : [partner])].sort()
  return from === 'crm'
    ? { crmIds: here, providerIds: there, reason }
    : { crmIds: there, providerIds: here, reason }
}
