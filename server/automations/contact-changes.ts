import { type ContactFacts, hashOfField } from './contact-facts.ts'

/** What is kept of a contact between two events. */
export type ContactSnapshot = {
  contactId: string
  fieldHashes: Readonly<Record<string, string>>
  /** Null while they were not seen. */
  tags: readonly string[] | null
  /** The time of the newest event that it holds. */
  seenAt: Date
}

/** Fields, and whether tags, that some rule of the location watches. */
export type Watched = { fields: ReadonlySet<string>; tags: boolean }

export type FieldChange = { field: string; fromHash: string; toHash: string }
export type ContactChanges = { fields: FieldChange[]; tagsAdded: string[]; tagsRemoved: string[] }

const noTagChanges: Omit<ContactChanges, 'fields'> = { tagsAdded: [], tagsRemoved: [] }
export const noChanges: ContactChanges = { fields: [], ...noTagChanges }

/**
 * Compares an event, which tells all that a contact has, with what was known. What is seen for the first time is no
 * change, and what is older than what is known tells nothing.
 * @returns the snapshot from now on
 */
export function compareWithSnapshot(
  known: ContactSnapshot | undefined,
  seen: { contactId: string; facts: ContactFacts; at: Date },
  watched: Watched,
): { changes: ContactChanges; snapshot: ContactSnapshot } {
  if (known && known.seenAt > seen.at) return { changes: noChanges, snapshot: known }
  const { contactId, facts, at } = seen
  const hashes = hashesOf(contactId, facts, watched)
  const fields = Object.entries(hashes).flatMap(([field, toHash]) => {
    const fromHash = known?.fieldHashes[field]
    return fromHash === undefined || fromHash === toHash ? [] : [{ field, fromHash, toHash }]
  })
  return {
    changes: { fields, ...(watched.tags ? tagChanges(known?.tags ?? null, facts.tags) : noTagChanges) },
    snapshot: {
      contactId,
      // What this event does not tell stays as it was.
      fieldHashes: { ...pick(known?.fieldHashes ?? {}, watched.fields), ...hashes },
      tags: watched.tags ? tagsAfter(known, facts) : null,
      seenAt: at,
    },
  }
}

function tagChanges(
  known: readonly string[] | null,
  seen: ReadonlySet<string> | null,
): Omit<ContactChanges, 'fields'> {
  if (known === null || seen === null) return noTagChanges
  const before = new Set(known)
  return {
    tagsAdded: [...seen].filter((tag) => !before.has(tag)),
    tagsRemoved: known.filter((tag) => !seen.has(tag)),
  }
}

function tagsAfter(known: ContactSnapshot | undefined, { tags }: ContactFacts): readonly string[] | null {
  return tags === null ? (known?.tags ?? null) : [...tags].sort()
}

/** A custom field that is left out is empty; another field that is left out was not told. */
function hashesOf(contactId: string, facts: ContactFacts, watched: Watched): Record<string, string> {
  const told = [...watched.fields].filter((field) => facts.fields.has(field) || field.startsWith('custom:'))
  return Object.fromEntries(
    told.map((field) => [field, hashOfField(contactId, field, facts.fields.get(field) ?? '')]),
  )
}

function pick(hashes: Readonly<Record<string, string>>, fields: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(hashes).filter(([field]) => fields.has(field)))
}

/** A snapshot of what a list shows of a contact, for who has none yet. */
export function snapshotOf(
  contactId: string,
  facts: ContactFacts,
  watched: Watched,
  seenAt: Date,
): ContactSnapshot {
  return compareWithSnapshot(undefined, { contactId, facts, at: seenAt }, watched).snapshot
}
