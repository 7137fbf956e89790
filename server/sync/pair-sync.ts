import type { SyncSide } from '../../shared/sync-contract.ts'
import { meet } from './pair-meeting.ts'
import { sideHash } from './pair-plan.ts'
import { settle } from './pair-settling.ts'
import { otherSide, type PairIds, type PairOutcome, type PairSyncParts, type PairTask } from './pair-task.ts'
import type { SyncLink } from './sync-link-repository.ts'
import type { SideContact, SyncPort } from './sync-side.ts'

/**
 * Reads both sides anew and writes what differs. Whoever is killed in between, or runs twice, does no harm: what was
 * made is found by its phone or e-mail, and what was written is the same by then.
 */
export function createPairSync(parts: PairSyncParts) {
  const { links, sides, settings } = parts

  async function find(task: PairTask): Promise<SyncLink | undefined> {
    const { locationId, crmContactId, providerContactId } = task
    const byCrm = crmContactId === null ? undefined : await links.findBy(locationId, 'crm', crmContactId)
    if (byCrm || providerContactId === null) return byCrm
    return links.findBy(locationId, 'provider', providerContactId)
  }

  return async function syncPair(task: PairTask): Promise<PairOutcome> {
    const link = await find(task)
    const ids = link ?? task
    const first: SyncSide =
      task.origin === 'provider_change' || ids.crmContactId === null ? 'provider' : 'crm'
    const contact = await read(sides[first], first, ids)
    if (!contact) return gone(parts, link, ids)
    const isAsKept = link !== undefined && link[hashName(first)] === sideHash(contact, first, settings)
    if (isAsKept && !link.isGone && isOneSided(task)) return { kind: 'same', ...idsOf(ids) }
    const second = otherSide(first)
    const counterpart = await read(sides[second], second, ids)
    if (link && !counterpart) return gone(parts, link, ids)
    if (counterpart) return settle(parts, task, link, { [first]: contact, [second]: counterpart })
    return meet(parts, task, first, contact)
  }
}

/** A change was told of by one side: an echo of our own write is left alone. */
const isOneSided = ({ origin }: PairTask) => origin === 'crm_change' || origin === 'provider_change'
const hashName = (side: SyncSide) => (side === 'crm' ? 'crmHash' : 'providerHash')
const idsOf = ({ crmContactId, providerContactId }: PairIds): PairIds => ({ crmContactId, providerContactId })

async function read(port: SyncPort, side: SyncSide, ids: PairIds): Promise<SideContact | undefined> {
  const id = side === 'crm' ? ids.crmContactId : ids.providerContactId
  return id === null ? undefined : port.get(id)
}

/** Deleted on one side: the other one stays as it is. Deleting is a person's to do. */
async function gone(parts: PairSyncParts, link: SyncLink | undefined, ids: PairIds): Promise<PairOutcome> {
  if (link?.isGone) return { kind: 'same', ...idsOf(ids) }
  if (link) await parts.links.markGone(link.id)
  return { kind: 'skip', reason: 'deleted', ...idsOf(ids) }
}
