import { z } from 'zod'
import { phoneFromHeymarket, phoneToHeymarket } from './heymarket-records.ts'

/** Heymarket's own limit. */
export const maxHeymarketTags = 5

const textOrEmpty = z
  .string()
  .nullish()
  .transform((text) => text ?? '')

/** A contact's tags are ids; in which shape they are read, its documents do not say. */
const tagId = z.union([
  z.int(),
  z.object({ tag_id: z.int() }).transform((tag) => tag.tag_id),
  z.object({ id: z.int() }).transform((tag) => tag.id),
])

/** Of which kinds values are is not documented. */
const customValue = z
  .unknown()
  .transform((value) =>
    typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''),
  )

export const heymarketContactSchema = z
  .object({
    id: z.int(),
    phone: textOrEmpty,
    first: textOrEmpty,
    last: textOrEmpty,
    display_name: textOrEmpty,
    email: textOrEmpty,
    custom: z.record(z.string(), customValue).nullish(),
    tags: z.array(tagId).nullish(),
    note: z
      .array(z.object({ id: z.int(), date: textOrEmpty, text: textOrEmpty, name: textOrEmpty }))
      .nullish()
      .catch(null),
    created: textOrEmpty,
    updated: z.string(),
  })
  .transform((contact) => ({
    id: contact.id,
    /** E.164; null for a contact of another channel. */
    phone: phoneFromHeymarket(contact.phone),
    first: contact.first,
    last: contact.last,
    displayName: contact.display_name,
    email: contact.email,
    /** By the id of the field, as text. */
    custom: contact.custom ?? {},
    tagIds: contact.tags ?? [],
    /** Can be read, but not written. */
    notes: contact.note ?? [],
    createdAt: contact.created,
    /** As it came, since it is also the cursor of a list. */
    updatedAt: contact.updated,
  }))
export type HeymarketContact = z.output<typeof heymarketContactSchema>

export type HeymarketContactFields = {
  /** E.164. */
  phone: string
  first?: string
  last?: string
  displayName?: string
  email?: string
  /** By the id of the field: Heymarket takes a title, too, and drops it in silence. */
  custom?: Readonly<Record<string, string>>
  /** Up to 5; they replace those that are there. */
  tagIds?: readonly number[]
}

/** What is left as it is over there is left out. */
export function contactBody(fields: HeymarketContactFields): Record<string, unknown> {
  const { phone, first, last, displayName, email, custom, tagIds } = fields
  return {
    phone: phoneToHeymarket(phone),
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    ...(displayName === undefined ? {} : { display_name: displayName }),
    ...(email === undefined ? {} : { email }),
    ...(custom === undefined ? {} : { custom }),
    ...(tagIds === undefined ? {} : { tags: tagIds.map((id) => ({ tag_id: id })) }),
  }
}

const fullName = ({ first = '', last = '' }: { first?: string; last?: string }) => `${first} ${last}`.trim()

/**
 * The contact as it is to be: a PUT empties names that it does not carry, and takes tags as the whole set.
 * A shown name that was made of the names follows them.
 */
export function mergedFields(
  known: HeymarketContact,
  changes: Partial<HeymarketContactFields>,
): HeymarketContactFields & { displayName: string; tagIds: readonly number[] } {
  const first = changes.first ?? known.first
  const last = changes.last ?? known.last
  const followsNames = known.displayName === '' || known.displayName === fullName(known)
  return {
    phone: changes.phone ?? known.phone ?? '',
    first,
    last,
    displayName: changes.displayName ?? (followsNames ? fullName({ first, last }) : known.displayName),
    email: changes.email ?? known.email,
    tagIds: changes.tagIds ?? known.tagIds,
    ...(changes.custom === undefined ? {} : { custom: changes.custom }),
  }
}
