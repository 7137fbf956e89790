import type { SideContact } from './sync-side.ts'

/** Neither NUL nor half a character is taken by a database. */
const storable = (text: string): string => text.replaceAll('\u0000', '').toWellFormed()

/** The contact without what could not be kept: one odd value must not hold up the others. */
export function storableContact({ phone, email, fields, tags, ...rest }: SideContact): SideContact {
  const entries = Object.entries(fields).map(([name, value]) => [name, storable(value)] as const)
  return {
    ...rest,
    phone: phone === null ? null : storable(phone),
    email: email === null ? null : storable(email),
    fields: Object.fromEntries(entries),
    tags: tags.map(storable),
  }
}
