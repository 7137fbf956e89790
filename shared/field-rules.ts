import * as z from 'zod/mini'

export {
  messageMaxLength,
  noteMaxLength,
  searchMaxLength,
  tagMaxLength,
  tagsMaxCount,
  taskTitleMaxLength,
} from './field-limits.ts'

/** Ids are the platform's own: loosely checked, since samples vary between 20 characters, ObjectIds and UUIDs. */
export const platformId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'not an id'))

/** What no store and no phone can hold: the NUL character, and halves of characters that were cut apart. */
const storable = z.overwrite((text: string) => text.replaceAll('\u0000', '').toWellFormed())

/** Text that may be empty; kept as typed. */
export function optionalText(maxLength: number) {
  return z.string().check(storable, z.maxLength(maxLength))
}

/** Text of which something is left after trimming; kept as typed. */
export function requiredText(maxLength: number) {
  return z.string().check(
    storable,
    z.maxLength(maxLength),
    z.refine((text) => text.trim().length > 0, 'must not be empty'),
  )
}

/** ISO 8601 with an offset: an instant, never a bare local time. */
export const instant = z.iso.datetime({ offset: true })

/** `limit` of a list: 1 to 100, from a query string. */
export function pageLimit(fallback: number) {
  return z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(100)), fallback)
}

/** Opaque position in a list, made by the server. */
export const cursor = z.string().check(z.minLength(1), z.maxLength(1000))

/** One per draft, made by the page; a repeat gives the first result. */
export const idempotencyKey = z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/, 'not a usable key'))
