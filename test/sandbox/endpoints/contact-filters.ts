import { z } from 'zod'
import { refuse } from '../platform-error.ts'
import type { SandboxContact } from '../state.ts'

const filterSchema = z.strictObject({
  field: z.string(),
  operator: z.string(),
  value: z.unknown().optional(),
})
type FieldFilter = z.infer<typeof filterSchema>
type FilterGroup = { group: 'AND' | 'OR'; filters: ContactFilter[] }
export type ContactFilter = FieldFilter | FilterGroup

export const contactFilterSchema: z.ZodType<ContactFilter> = z.lazy(() =>
  z.union([
    z.strictObject({ group: z.enum(['AND', 'OR']), filters: z.array(contactFilterSchema).min(1) }),
    filterSchema,
  ]),
)

type Values = (contact: SandboxContact) => unknown

const fields: Record<string, Values> = {
  id: ({ id }) => id,
  tags: ({ tags }) => tags,
  email: ({ email }) => email,
  phone: ({ phone }) => phone,
  assignedTo: ({ assignedTo }) => assignedTo,
  dnd: ({ dnd }) => dnd,
  dateAdded: ({ dateAdded }) => dateAdded,
  dateUpdated: ({ dateUpdated }) => dateUpdated,
  lastActivity: ({ dateUpdated }) => dateUpdated,
  type: ({ type }) => type,
  source: ({ source }) => source,
  country: ({ country }) => country,
  timezone: ({ timezone }) => timezone,
  companyName: ({ companyName }) => companyName,
  businessName: ({ companyName }) => companyName,
  firstNameLowerCase: ({ firstName }) => firstName.toLowerCase(),
  lastNameLowerCase: ({ lastName }) => lastName.toLowerCase(),
}

function valuesOf(field: string): Values {
  const customFieldId = /^customFields\.(\w+)$/.exec(field)?.[1]
  if (customFieldId) return ({ customFields }) => customFields.find(({ id }) => id === customFieldId)?.value
  const values = Object.hasOwn(fields, field) ? fields[field] : undefined
  if (!values) throw refuse(422, [`Invalid field passed in filters: ${field}`])
  return values
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])
const isSet = (value: unknown) =>
  listOf(value).some((item) => item !== null && item !== undefined && item !== '')
const text = (value: unknown) => String(value ?? '').toLowerCase()
const comparable = (value: unknown) => (typeof value === 'number' ? value : Date.parse(String(value)))

type Test = (has: unknown, wanted: unknown) => boolean

const equal: Test = (has, wanted) =>
  listOf(wanted).some((want) => listOf(has).some((item) => isSet(item) && text(item) === text(want)))
const contains: Test = (has, wanted) =>
  listOf(wanted).some((want) => listOf(has).some((item) => isSet(item) && text(item).includes(text(want))))

const rangeSchema = z.strictObject({
  gt: z.unknown().optional(),
  gte: z.unknown().optional(),
  lt: z.unknown().optional(),
  lte: z.unknown().optional(),
})

const inRange: Test = (has, wanted) => {
  const range = rangeSchema.safeParse(wanted)
  if (!range.success) throw refuse(422, ['value of a range must hold gt, gte, lt or lte'])
  if (!isSet(has)) return false
  const at = comparable(has)
  const { gt, gte, lt, lte } = range.data
  return (
    (gt === undefined || at > comparable(gt)) &&
    (gte === undefined || at >= comparable(gte)) &&
    (lt === undefined || at < comparable(lt)) &&
    (lte === undefined || at <= comparable(lte))
  )
}

const like: Test = (has, wanted) => {
  const pattern = text(wanted)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return listOf(has).some((item) => isSet(item) && new RegExp(`^${pattern}$`, 's').test(text(item)))
}

const operators: Record<string, { needsValue: boolean; test: Test }> = {
  eq: { needsValue: true, test: equal },
  not_eq: { needsValue: true, test: (has, wanted) => !equal(has, wanted) },
  contains: { needsValue: true, test: contains },
  not_contains: { needsValue: true, test: (has, wanted) => !contains(has, wanted) },
  exists: { needsValue: false, test: isSet },
  not_exists: { needsValue: false, test: (has) => !isSet(has) },
  range: { needsValue: true, test: inRange },
  wildcard: { needsValue: true, test: like },
}

/** @throws {PlatformError} 422 for a field, an operator or a value that the search does not know */
export function compileFilter(filter: ContactFilter): (contact: SandboxContact) => boolean {
  if ('group' in filter) {
    const parts = filter.filters.map(compileFilter)
    return filter.group === 'AND'
      ? (contact) => parts.every((part) => part(contact))
      : (contact) => parts.some((part) => part(contact))
  }
  const values = valuesOf(filter.field)
  const operator = Object.hasOwn(operators, filter.operator) ? operators[filter.operator] : undefined
  if (!operator) throw refuse(422, [`Invalid operator passed in filters: ${filter.operator}`])
  if (operator.needsValue && !isSet(filter.value))
    throw refuse(422, [`value of ${filter.field} should not be empty`])
  return (contact) => operator.test(values(contact), filter.value)
}
