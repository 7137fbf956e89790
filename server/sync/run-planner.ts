import type { SyncSettings, SyncSide } from '../../shared/sync-contract.ts'
import type { Transaction } from '../storage/database.ts'
import { type Matching, matchContacts } from './contact-matching.ts'
import {
  addCounts,
  type ApartContacts,
  duplicateRow,
  noPlanCounts,
  openDuplicates,
  type PlanCounts,
  planGone,
  planNew,
  planPairs,
  type PlanRow,
} from './run-plan.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncLogRepository } from './sync-log-repository.ts'
import { proposalRow } from './sync-log-rows.ts'
import type { SyncRunRow } from './sync-run-repository.ts'
import type { SyncSnapshotRepository } from './sync-snapshot-repository.ts'

/** Contacts are matched by their keys alone, and looked at so many at a time: nothing holds all that was read. */
const contactsAtOnce = 500

type Planning = {
  run: SyncRunRow
  settings: SyncSettings
  apart: ApartContacts
  tx: Transaction
  /** Writes rows down. */
  tell: (rows: readonly PlanRow[]) => Promise<void>
}

export type RunPlanner = ReturnType<typeof createRunPlanner>

/** Compares what a run has read of both sides, and writes down what is to be done. */
export function createRunPlanner(parts: {
  snapshots: Pick<SyncSnapshotRepository, 'listKeys' | 'listRead'>
  links: Pick<SyncLinkRepository, 'listKeys' | 'findAllBy' | 'saveAll'>
  log: Pick<SyncLogRepository, 'duplicates'>
}) {
  const { snapshots, links, log } = parts

  async function readOf(run: SyncRunRow, side: SyncSide, ids: readonly string[]) {
    const contacts = await snapshots.listRead(run.id, side, ids)
    return new Map(contacts.map((contact) => [contact.id, contact]))
  }

  async function planPairsOf(
    { run, settings, tx, tell }: Planning,
    pairs: Matching['pairs'],
  ): Promise<PlanCounts> {
    let counts = noPlanCounts
    for (const some of inParts(pairs)) {
      const crmIds = some.map(({ crmId }) => crmId)
      const crm = await readOf(run, 'crm', crmIds)
      const provider = await readOf(
        run,
        'provider',
        some.map(({ providerId }) => providerId),
      )
      const known = await links.findAllBy(run.locationId, 'crm', crmIds, tx)
      const linkOf = new Map(known.map((link) => [link.crmContactId, link]))
      const contacts = { crm, provider }
      const readFrom = run.startedAt
      const plan = planPairs({ pairs: some, contacts, links: linkOf, settings, readFrom })
      await tell(plan.rows)
      if (run.kind === 'real') await links.saveAll(run.locationId, plan.linkOnly, tx)
      counts = addCounts(counts, plan.rows, plan.same)
    }
    return counts
  }

  async function planNewOf(
    { run, settings, apart, tell }: Planning,
    to: SyncSide,
    ids: readonly string[],
    before: PlanCounts,
  ): Promise<PlanCounts> {
    let counts = before
    for (const some of inParts(ids)) {
      const contacts = await readOf(run, to === 'crm' ? 'provider' : 'crm', some)
      const rows = [...contacts.values()].map((contact) => planNew(to, contact, apart, settings))
      await tell(rows)
      counts = addCounts(counts, rows)
    }
    return counts
  }

  async function apartOf(locationId: string): Promise<ApartContacts> {
    const groups = await log.duplicates.listApart(locationId)
    return {
      crm: new Set(groups.flatMap(({ crmContactIds }) => crmContactIds)),
      provider: new Set(groups.flatMap(({ providerContactIds }) => providerContactIds)),
    }
  }

  /** @returns what the run says of it: how many were read, and what is to be done with them */
  return async function planRun(
    run: SyncRunRow,
    settings: SyncSettings,
    tx: Transaction,
    tell: Planning['tell'],
  ): Promise<SyncRunRow['counts']> {
    const { id, locationId } = run
    const crm = await snapshots.listKeys(id, 'crm')
    const provider = await snapshots.listKeys(id, 'provider')
    const known = await links.listKeys(locationId)
    const matched = matchContacts(crm, provider, known)
    const planning: Planning = { run, settings, apart: await apartOf(locationId), tx, tell }

    let counts = await planPairsOf(planning, matched.pairs)
    const gone = planGone(matched.halfLinked, known)
    await tell(gone)
    counts = addCounts(counts, gone)
    counts = await planNewOf(planning, 'provider', matched.onlyCrm, counts)
    counts = await planNewOf(planning, 'crm', matched.onlyProvider, counts)
    const duplicates = openDuplicates(matched.duplicates, planning.apart)
    const rows = duplicates.map(duplicateRow)
    await tell(rows)
    const proposals = duplicates.map(proposalRow)
    await log.duplicates.dropOthers(locationId, proposals, tx)
    await log.duplicates.propose(locationId, proposals, tx)
    const read = { readInCrm: crm.length, readInProvider: provider.length }
    return { ...run.counts, ...read, ...addCounts(counts, rows) }
  }
}

function* inParts<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += contactsAtOnce) {
    yield all.slice(start, start + contactsAtOnce)
  }
}
