import * as z from 'zod/mini'
import type { AuditAnswer, AuditQuery } from '../../shared/audit-contract.ts'
import { decodeCursor, encodeCursor } from '../opaque-cursor.ts'
import type { AuditRepository, AuditRow } from './audit-repository.ts'

const keptDays = 400
const dayMs = 86_400_000
/** The id of the last entry on the page before. */
const positionSchema = z.int().check(z.positive())

export type AuditService = ReturnType<typeof createAuditService>

export function createAuditService(parts: { repository: AuditRepository; now: () => number }) {
  const { repository, now } = parts

  async function list(locationId: string, query: AuditQuery): Promise<AuditAnswer> {
    const { contactId, limit, cursor } = query
    const beforeId = decodeCursor(cursor, (position) => positionSchema.parse(position))
    const rows = await repository.list({ locationId, contactId, beforeId, limit: limit + 1 })
    const entries = rows.slice(0, limit).map(toEntry)
    const last = entries.at(-1)
    return { entries, nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null }
  }

  /** Forgets what is older than an admin may have to look back on. */
  function prune(): Promise<void> {
    return repository.prune(new Date(now() - keptDays * dayMs))
  }

  return { list, prune }
}

function toEntry({ locationId: _locationId, at, ...entry }: AuditRow): AuditAnswer['entries'][number] {
  return { ...entry, at: at.toISOString() }
}
