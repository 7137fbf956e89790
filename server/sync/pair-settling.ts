import type { SyncSide } from '../../shared/sync-contract.ts'
import { AppError } from '../errors.ts'
import { keptPair, linkedPair } from './linked-pair.ts'
import { type PairPlan, planPair } from './pair-plan.ts'
import type { PairOutcome, PairSyncParts, PairTask } from './pair-task.ts'
import type { SyncLink } from './sync-link-repository.ts'
import type { SideContact } from './sync-side.ts'
import { writtenContact } from './written-contact.ts'

type Pair = Partial<Record<SyncSide, SideContact>>

/** Makes two contacts say the same. */
export async function settle(
  parts: PairSyncParts,
  task: PairTask,
  link: SyncLink | undefined,
  { crm, provider }: Pair,
): Promise<PairOutcome> {
  if (!crm || !provider) throw new AppError('internal', 'Only two contacts can be made the same.')
  const { sides, settings } = parts
  const plan = planPair({ crm, provider, kept: keptPair(link), settings })
  const ids = { crmContactId: crm.id, providerContactId: provider.id }
  const answered = {
    provider: plan.provider && (await sides.provider.update(provider.id, plan.provider)),
    crm: plan.crm && (await sides.crm.update(crm.id, plan.crm)),
  }
  const now = {
    provider: writtenContact(provider, plan.provider, answered.provider),
    crm: writtenContact(crm, plan.crm, answered.crm),
  }
  await keep(parts, task, now, link)
  if (!plan.crm && !plan.provider) return { kind: 'same', ...ids }
  return {
    kind: 'update',
    target: targetOf(plan),
    changes: plan.changes,
    isConflict: plan.isConflict,
    ...ids,
  }
}

function targetOf({ crm, provider }: PairPlan): SyncSide | null {
  if (crm && provider) return null
  return crm ? 'crm' : 'provider'
}

/** They say the same now. */
export async function keep(
  { links, settings }: PairSyncParts,
  { locationId }: PairTask,
  { crm, provider }: Record<SyncSide, SideContact>,
  before: SyncLink | undefined,
): Promise<void> {
  await links.saveAll(locationId, [linkedPair(crm, provider, settings, before)])
}
