import type { DuplicateProposal } from './contact-matching.ts'
import type { PairOutcome, PairTask } from './pair-task.ts'
import type { NewDuplicate, NewSyncLogRow, SyncLogRow } from './sync-log-repository.ts'

export const proposalRow = ({ crmIds, providerIds, reason }: DuplicateProposal): NewDuplicate => ({
  crmContactIds: crmIds,
  providerContactIds: providerIds,
  reason,
})

/** What became of something that was planned. */
export function outcomeRow(
  outcome: PairOutcome,
  planned: Pick<SyncLogRow, 'action' | 'target' | 'reason' | 'fields' | 'isConflict'>,
): Omit<NewSyncLogRow, 'locationId' | 'origin' | 'at'> {
  const { crmContactId, providerContactId } = outcome
  const ids = { crmContactId, providerContactId }
  switch (outcome.kind) {
    case 'same': {
      const { action, target, reason, fields, isConflict } = planned
      return { ...ids, action, target, reason, fields, isConflict, state: 'done', code: null }
    }
    case 'create':
    case 'update': {
      const { target, changes: fields, isConflict, kind: action } = outcome
      const reason = action === 'create' ? 'new_contact' : 'changed'
      return { ...ids, action, target, reason, fields, isConflict, state: 'done', code: null }
    }
    case 'skip': {
      const { reason } = outcome
      return { ...ids, ...nothing, action: 'skip', reason, state: 'left' }
    }
    case 'duplicate': {
      const { reason } = outcome.proposal
      return { ...ids, ...nothing, action: 'duplicate', reason, state: 'left' }
    }
  }
}

const nothing = { target: null, isConflict: false, code: null, fields: [] }

/** What failed before anything was known of it. */
export function failedRow(task: PairTask, code: string, at: Date): NewSyncLogRow {
  const { locationId, origin, crmContactId, providerContactId } = task
  return {
    ...nothing,
    locationId,
    origin,
    crmContactId,
    providerContactId,
    action: 'update',
    reason: 'changed',
    state: 'failed',
    code,
    at,
  }
}
