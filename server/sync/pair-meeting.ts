import type { SyncReason, SyncSide } from '../../shared/sync-contract.ts'
import type { DuplicateProposal } from './contact-matching.ts'
import { planCreation, whyNotMade } from './pair-plan.ts'
import { keep, settle } from './pair-settling.ts'
import { otherSide, type PairIds, type PairOutcome, type PairSyncParts, type PairTask } from './pair-task.ts'
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
  const twins = takenBy || isByEmail ? [] : await twinsOf(parts, from, contact)
  if (!takenBy && !contradicts && meant.length === 1 && twins.length === 0) {
    // A search may show less of a contact than there is.
    const counterpart = await parts.sides[to].get(only.id)
    if (!counterpart) return make(parts, task, from, contact)
    return settle(parts, task, undefined, { [from]: contact, [to]: counterpart })
  }
  const reason = takenBy ? 'already_linked' : isByEmail ? 'same_email' : 'same_phone'
  const partner = from === 'crm' ? takenBy?.crmContactId : takenBy?.providerContactId
  const here = [contact.id, ...twins, ...(partner === undefined ? [] : [partner])]
  const proposal = proposalOf(from, here, meant, reason)
  return { kind: 'duplicate', proposal, ...idOn(from, contact) }
}

/** Others on its own side that have its phone: whose counterpart is meant is then a person's to say. */
async function twinsOf({ sides }: PairSyncParts, from: SyncSide, contact: SideContact): Promise<string[]> {
  const found = await sides[from].find({ phone: contact.phone, email: null })
  return found.flatMap(({ id }) => (id === contact.id ? [] : id))
}

async function make(
  parts: PairSyncParts,
  task: PairTask,
  from: SyncSide,
  contact: SideContact,
): Promise<PairOutcome> {
  const { sides, settings } = parts
  const to = otherSide(from)
  const reason = whyNotMade(contact, to, settings)
  if (reason) return { kind: 'skip', reason, ...idOn(from, contact) }
  const addTag = to === 'crm' ? (settings.newContactTag ?? undefined) : undefined
  const plan = planCreation({ from: contact, to, settings, addTag })
  const made = await sides[to].create({ fields: plan[to]?.fields ?? {}, tags: plan[to]?.tags })
  const [crm, provider] = to === 'crm' ? [made, contact] : [contact, made]
  await keep(parts, task, { crm, provider }, undefined)
  const ids = { crmContactId: crm.id, providerContactId: provider.id }
  return { kind: 'create', target: to, changes: plan.changes, isConflict: false, ...ids }
}

function proposalOf(
  from: SyncSide,
  contactIds: readonly string[],
  meant: readonly SideContact[],
  reason: SyncReason,
): DuplicateProposal {
  const there = meant.map(({ id }) => id).sort()
  const here = contactIds.toSorted()
  return from === 'crm'
    ? { crmIds: here, providerIds: there, reason }
    : { crmIds: there, providerIds: here, reason }
}
