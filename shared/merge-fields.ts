/** Fields of a contact that texts may name, as `{{contact.first_name|there}}`: what stands after `|` is for who has none. */
export const mergeFields = [
  'contact.name',
  'contact.first_name',
  'contact.last_name',
  'contact.email',
  'contact.phone',
  'contact.company_name',
  'contact.source',
] as const
export type MergeField = (typeof mergeFields)[number]

const placeholder = /\{\{([^{}|]*)(?:\|([^{}]*))?\}\}/g

/** What a text names that is no merge field, as it was written. */
export function unknownMergeFields(text: string): string[] {
  const named = [...text.matchAll(placeholder)].map(([, name = '']) => name.trim())
  return [...new Set(named.filter((name) => !isMergeField(name)))]
}

/** The text with the contact's values in it; a name that is no merge field stays as it was written. */
export function fillMergeFields(text: string, valueOf: (field: MergeField) => string | null): string {
  return text.replaceAll(placeholder, (written, name: string, fallback: string | undefined) => {
    const field = name.trim()
    if (!isMergeField(field)) return written
    return valueOf(field)?.trim() || (fallback ?? '').trim()
  })
}

function isMergeField(name: string): name is MergeField {
  return mergeFields.some((field) => field === name)
}
