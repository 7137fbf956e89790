import type { ContactChange, SideContact } from './sync-side.ts'

/** The other system makes one of the other as long as nobody says otherwise. */
const follows: Readonly<Record<string, readonly string[]>> = { displayName: ['firstName', 'lastName'] }

/**
 * A contact as we know it after a change of ours. What the answer shows beyond that was changed by somebody else since
 * the contact was read: it is not taken for known, so that it still counts as a change.
 * @param answered undefined where nothing was written
 */
export function writtenContact(
  read: SideContact,
  change: ContactChange | undefined,
  answered: SideContact | undefined,
): SideContact {
  if (!change || !answered) return read
  const isWritten = (name: string) =>
    change.fields[name] !== undefined || follows[name]?.some((other) => change.fields[other] !== undefined)
  const names = [...Object.keys(read.fields), ...Object.keys(answered.fields)]
  const fields = names.map((name) => {
    const from = isWritten(name) ? answered : read
    return [name, from.fields[name] ?? ''] as const
  })
  return {
    ...read,
    phone: isWritten('phone') ? answered.phone : read.phone,
    email: isWritten('email') ? answered.email : read.email,
    updatedAtMs: answered.updatedAtMs,
    fields: Object.fromEntries(fields),
    tags: change.tags === undefined ? read.tags : answered.tags.filter((tag) => change.tags?.includes(tag)),
  }
}
