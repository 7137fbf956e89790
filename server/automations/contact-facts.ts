import { createHash } from 'node:crypto'
import { z } from 'zod'
import { normalizeTags } from '../../shared/tag-names.ts'
import { type WatchableField, watchableFields } from '../../shared/watched-fields.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'

/** Whether SMS is on do-not-disturb, as a field of its own: `yes` or `no`. Not every event tells. */
export const smsBlockedField = 'smsBlocked'

/** What rules may ask of a contact. */
export type ContactFacts = {
  /** By rule field; what a contact lacks is empty. */
  fields: ReadonlyMap<string, string>
  /** Null where they were not told. */
  tags: ReadonlySet<string> | null
}

const text = z.string().nullish().catch(null)

/** A webhook leaves out what a contact lacks; only that of do-not-disturb tells its settings. */
const payloadSchema = z.object({
  firstName: text,
  lastName: text,
  email: text,
  phone: text,
  companyName: text,
  source: text,
  assignedTo: text,
  tags: z.array(z.string()).nullish().catch(null),
  customFields: z
    .array(z.object({ id: z.string(), value: z.unknown() }))
    .nullish()
    .catch(null),
  dndSettings: z
    .object({ SMS: z.object({ status: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
})
type ContactPayload = z.infer<typeof payloadSchema>

/** Of a contact's webhook; undefined where it holds no contact. */
export function factsOfWebhook(payload: unknown): ContactFacts | undefined {
  const parsed = payloadSchema.safeParse(payload)
  return parsed.success ? factsOf(parsed.data) : undefined
}

/** Of a contact as the platform's API answers it; a search lower-cases names and keeps their case elsewhere. */
export function factsOfContact(contact: PlatformContact): ContactFacts {
  return factsOf({
    ...contact,
    firstName: contact.firstNameRaw || contact.firstName,
    lastName: contact.lastNameRaw || contact.lastName,
    dndSettings: null,
  })
}

function factsOf(contact: ContactPayload): ContactFacts {
  const status = contact.dndSettings?.SMS?.status
  const valueOf = (field: WatchableField) => contact[field]?.trim() ?? ''
  return {
    fields: new Map([
      ...watchableFields.map((field) => [field, valueOf(field)] as const),
      ...(contact.customFields ?? []).map(({ id, value }) => [`custom:${id}`, wordOf(value)] as const),
      ...(status ? [[smsBlockedField, status === 'inactive' ? 'no' : 'yes'] as const] : []),
    ]),
    tags: contact.tags ? new Set(normalizeTags(contact.tags)) : null,
  }
}

function wordOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value.trim() : JSON.stringify(value)
}

/** A value that the platform writes in another case is the same. */
export const comparable = (value: string): string => value.trim().toLowerCase()

/**
 * Hashed with the contact's id, so that equal values of two contacts differ and no snapshot can be searched by value.
 * Empty stays empty.
 */
export function hashOfField(contactId: string, field: string, value: string): string {
  const words = comparable(value)
  return words === '' ? '' : shortHash([contactId, field, words])
}

/** All tags of a contact as one. */
export function hashOfTags(contactId: string, tags: Iterable<string>): string {
  return shortHash([contactId, 'tags', normalizeTags([...tags]).sort()])
}

function shortHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)
}
