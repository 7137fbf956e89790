import type { SyncLogEntry, SyncRun } from '../../shared/sync-contract.ts'
import type { SyncLogRow } from './sync-log-repository.ts'
import type { SyncRunRow } from './sync-run-repository.ts'

export function toRun({
  id,
  kind,
  state,
  stage,
  origin,
  counts,
  problem,
  startedAt,
  finishedAt,
}: SyncRunRow): SyncRun {
  return {
    id,
    kind,
    state,
    stage,
    origin,
    counts,
    problem,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}

export function toEntry({ locationId: _locationId, runId: _runId, at, ...entry }: SyncLogRow): SyncLogEntry {
  return { ...entry, at: at.toISOString() }
}
