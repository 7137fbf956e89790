import type { SyncMapping } from '../../shared/sync-contract.ts'
import { AppError } from '../errors.ts'
import type { SideField } from './sync-side.ts'

type Fields = { crm: readonly SideField[]; provider: readonly SideField[] }
type Problem = { path: string; message: string }

/** What a field writes to: the whole name writes to both of its parts. */
const partsOf = (field: string): string[] => (field === 'fullName' ? ['firstName', 'lastName'] : [field])

/**
 * Two mappings must not write to the same field, and nothing can be written to a field that is read-only. A custom
 * field of the CRM is taken on trust: which ones there are it does not tell the app.
 * @throws {AppError} `validation`
 */
export function checkMappings(mappings: readonly SyncMapping[], fields: Fields): void {
  const problems = mappings.flatMap((mapping, place) => [
    ...problemsOf(mapping, place, 'crm', fields.crm),
    ...problemsOf(mapping, place, 'provider', fields.provider),
  ])
  problems.push(...doubles(mappings, 'crm'), ...doubles(mappings, 'provider'))
  if (problems.length === 0) return
  throw new AppError('validation', problems[0]?.message ?? 'The mapping cannot work.', { details: problems })
}

function problemsOf(
  mapping: SyncMapping,
  place: number,
  side: 'crm' | 'provider',
  fields: readonly SideField[],
): Problem[] {
  const key = side === 'crm' ? mapping.crmField : mapping.providerField
  const path = `mappings.${place}.${side}Field`
  const field = fields.find((known) => known.key === key)
  if (!field) {
    return side === 'crm' && key.startsWith('custom:')
      ? []
      : [{ path, message: `There is no field "${key}".` }]
  }
  const isWritten = mapping.direction !== (side === 'crm' ? 'to_provider' : 'to_crm')
  return field.isReadOnly && isWritten
    ? [{ path, message: `"${field.name}" can only be read: map it one way.` }]
    : []
}

function doubles(mappings: readonly SyncMapping[], side: 'crm' | 'provider'): Problem[] {
  const written = new Set<string>()
  const problems: Problem[] = []
  for (const [place, mapping] of mappings.entries()) {
    if (mapping.direction === (side === 'crm' ? 'to_provider' : 'to_crm')) continue
    const key = side === 'crm' ? mapping.crmField : mapping.providerField
    const isTaken = partsOf(key).some((part) => written.has(part))
    const message = `Two rows write to "${key}": keep one of them.`
    if (isTaken) problems.push({ path: `mappings.${place}.${side}Field`, message })
    for (const part of partsOf(key)) written.add(part)
  }
  return problems
}
