import { badRequest } from './bulksms-problem.ts'
import type { BulksmsText } from './bulksms-state.ts'

type Clause = { field: string; operator: string; value: string }

const operators: Readonly<Record<string, readonly string[]>> = {
  id: ['<', '>'],
  type: ['='],
  'submission.id': ['='],
  'submission.date': ['<=', '<', '>', '>='],
  'status.type': ['='],
  'status.id': ['='],
  userSuppliedId: ['='],
}
const statusTypes = new Set(['ACCEPTED', 'SENT', 'DELIVERED', 'FAILED'])
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/

/** @throws {BulksmsProblem} 400 with the reason in `detail` */
export function parseFilter(filter: string): (text: BulksmsText) => boolean {
  const clauses = filter.split('&').map(parseClause)
  const isOfSent = clauses.some(({ field, value }) => field === 'type' && value === 'SENT')
  if (clauses.some(({ field }) => field === 'userSuppliedId') && !isOfSent) {
    throw badRequest('userSuppliedId can only be used with type=SENT')
  }
  return (text) => clauses.every((clause) => matches(text, clause))
}

function parseClause(clause: string): Clause {
  const [, field = '', operator = '', value = ''] = /^([\w.]+)(<=|>=|=|<|>)(.+)$/.exec(clause) ?? []
  if (!operators[field]?.includes(operator)) throw badRequest(`filter: ${clause} is not supported`)
  if (field === 'type' && !['SENT', 'RECEIVED'].includes(value)) throw badRequest('filter: no such type')
  if (field === 'status.type' && !statusTypes.has(value)) throw badRequest('filter: no such status')
  if (field === 'id' && !/^\d+$/.test(value)) throw badRequest('filter: id must be a number')
  if (field === 'submission.date' && !dateTime.test(value)) {
    throw badRequest('filter: a date-time needs its offset')
  }
  return { field, operator, value }
}

function matches(text: BulksmsText, { field, operator, value }: Clause): boolean {
  if (field === 'id') return compare(BigInt(text.id), BigInt(value), operator)
  if (field === 'submission.date') {
    return compare(Date.parse(text.submission.date), Date.parse(value), operator)
  }
  const { type, subtype } = text.status
  const known: Record<string, string | null> = {
    type: text.type,
    'submission.id': text.submission.id,
    'status.type': type,
    'status.id': `${type}.${subtype ?? 'null'}`,
    userSuppliedId: text.userSuppliedId,
  }
  return known[field] === value
}

function compare<Value extends bigint | number>(left: Value, right: Value, operator: string): boolean {
  if (operator === '<') return left < right
  if (operator === '>') return left > right
  return operator === '<=' ? left <= right : left >= right
}
