import type { SyncOrigin } from '../../shared/sync-contract.ts'
import { AppError } from '../errors.ts'
import { createPairSync } from './pair-sync.ts'
import type { PairTask, SyncSidesOf } from './pair-task.ts'
import { sideHash } from './pair-plan.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncLogRepository } from './sync-log-repository.ts'
import { failedRow, outcomeRow, proposalRow } from './sync-log-rows.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'
import type { SideContact } from './sync-side.ts'

/** A list may lag, and clocks differ: what is read twice does no harm. */
const overlapMs = 2 * 60_000
/** Of one look; the daily comparison finds what lies behind. */
const maxPages = 40
const planned: Parameters<typeof outcomeRow>[1] = {
  action: 'update',
  target: null,
  reason: 'changed',
  fields: [],
  isConflict: false,
}

export type ContactTask = Omit<PairTask, 'origin'> & { origin: SyncOrigin; logId: number | null }

export type SyncChangeService = ReturnType<typeof createSyncChangeService>

/** Single contacts: as either side tells of their changes. */
export function createSyncChangeService(parts: {
  log: SyncLogRepository
  links: SyncLinkRepository
  settingsRepository: SyncSettingsRepository
  sidesOf: (locationId: string) => Promise<SyncSidesOf | undefined>
  queueContact: (task: ContactTask) => Promise<void>
  now: () => number
}) {
  const { log, links, settingsRepository, sidesOf, queueContact, now } = parts

  async function travelling(locationId: string) {
    const stored = await settingsRepository.find(locationId)
    return stored.settings.enabled && stored.firstRunAt !== null ? stored : undefined
  }

  /** Contacts that a person wants to be left alone; one that is linked already goes on all the same. */
  async function isApart({ locationId, crmContactId, providerContactId }: ContactTask): Promise<boolean> {
    const byCrm = crmContactId !== null && (await links.findBy(locationId, 'crm', crmContactId))
    if (byCrm) return false
    const isLinked =
      providerContactId !== null && (await links.findBy(locationId, 'provider', providerContactId))
    if (isLinked) return false
    const apart = await log.duplicates.listApart(locationId)
    return apart.some(
      (group) =>
        (crmContactId !== null && group.crmContactIds.includes(crmContactId)) ||
        (providerContactId !== null && group.providerContactIds.includes(providerContactId)),
    )
  }

  /**
   * What became of it is written down where anything did, and where somebody asked for it. The sides come first: with another account,
   * nothing that is stored may hold any more.
   */
  async function syncContact(task: ContactTask): Promise<void> {
    const { locationId, origin, logId } = task
    const isAsked = origin === 'person' || origin === 'replay'
    const sides = await sidesOf(locationId)
    const stored = isAsked ? await settingsRepository.find(locationId) : await travelling(locationId)
    if (!stored || !sides || (!isAsked && (await isApart(task)))) return
    const at = new Date(now())
    try {
      const outcome = await createPairSync({ links, sides, settings: stored.settings })(task)
      const isKnown =
        outcome.kind === 'duplicate' &&
        (await log.duplicates.propose(locationId, [proposalRow(outcome.proposal)])) === 0
      const row = outcomeRow(outcome, planned)
      if (logId !== null) await log.change(logId, { ...row, origin })
      else if (outcome.kind !== 'same' && !isKnown && !isQuiet(outcome)) {
        await log.insertAll([{ ...row, locationId, origin, at }])
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.retryable || error.code === 'outcome_unknown') throw error
      if (logId === null) await log.insertAll([failedRow(task, error.code, at)])
      else await log.change(logId, { state: 'failed', code: error.code })
    }
  }

  /** The CRM told of a contact. An echo of what we wrote ourselves has the same content. */
  async function crmChanged(locationId: string, contact: SideContact): Promise<void> {
    const stored = await travelling(locationId)
    if (!stored) return
    const link = await links.findBy(locationId, 'crm', contact.id)
    if (link && (link.isGone || link.crmHash === sideHash(contact, 'crm', stored.settings))) return
    await queueContact(taskFor(locationId, 'crm', contact.id))
  }

  /** Deleting travels to no other system; the pair is left alone from now on. */
  async function crmDeleted(locationId: string, contactId: string): Promise<void> {
    const link = await links.findBy(locationId, 'crm', contactId)
    if (!link || link.isGone || !(await travelling(locationId))) return
    await links.markGone(link.id)
    const { crmContactId, providerContactId } = link
    const outcome = { kind: 'skip', reason: 'deleted', crmContactId, providerContactId } as const
    const at = new Date(now())
    await log.insertAll([{ ...outcomeRow(outcome, planned), locationId, origin: 'crm_change', at }])
  }

  /** Asks the other system what changed since the last time: it tells of no change by itself. */
  async function poll(locationId: string): Promise<void> {
    const sides = await sidesOf(locationId)
    const stored = await travelling(locationId)
    if (!stored || !sides) return
    const startedAt = now()
    const since = (stored.polledUntil ?? stored.firstRunAt ?? new Date(startedAt)).getTime() - overlapMs
    let newest = 0
    let cursor: string | null = null
    for (let page = 0; page < maxPages; page += 1) {
      const { contacts, cursor: next } = await sides.provider.page(cursor)
      const changed = contacts.filter(({ updatedAtMs }) => updatedAtMs >= since)
      newest = Math.max(newest, ...changed.map(({ updatedAtMs }) => updatedAtMs))
      await queueChanged(locationId, changed, stored.settings)
      cursor = next
      if (cursor === null || changed.length < contacts.length) break
    }
    // A time stamp of the future would make all that comes before it old.
    await settingsRepository.markPolled(
      locationId,
      new Date(Math.min(newest || since + overlapMs, startedAt)),
    )
  }

  async function queueChanged(
    locationId: string,
    changed: readonly SideContact[],
    settings: Parameters<typeof sideHash>[2],
  ): Promise<void> {
    const known = await links.findAllBy(
      locationId,
      'provider',
      changed.map(({ id }) => id),
    )
    const linkOf = new Map(known.map((link) => [link.providerContactId, link]))
    for (const contact of changed) {
      const link = linkOf.get(contact.id)
      if (link && (link.isGone || link.providerHash === sideHash(contact, 'provider', settings))) continue
      await queueContact(taskFor(locationId, 'provider', contact.id))
    }
  }

  return { syncContact, crmChanged, crmDeleted, poll }
}

/** A contact without a phone, or one that nobody wants to be made, is not worth a line each time. */
const isQuiet = (outcome: { kind: string; reason?: string }): boolean =>
  outcome.kind === 'skip' && outcome.reason !== 'deleted'

function taskFor(locationId: string, side: 'crm' | 'provider', contactId: string): ContactTask {
  return {
    locationId,
    crmContactId: side === 'crm' ? contactId : null,
    providerContactId: side === 'provider' ? contactId : null,
    origin: side === 'crm' ? 'crm_change' : 'provider_change',
    logId: null,
  }
}
