import { z } from 'zod'
import { filledText, isoInstant } from '../body-rules.ts'
import type { SandboxContact } from '../state.ts'

const dndSetting = z.strictObject({
  status: z.enum(['active', 'inactive', 'permanent']),
  message: z.string().optional(),
  code: z.string().optional(),
})

const customField = z.strictObject({
  id: filledText,
  key: z.string().optional(),
  field_value: z.unknown().optional(),
})

const phone = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a valid phone number')
const email = z.email('must be an email')

const writable = {
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  name: z.string().nullish(),
  email: email.nullish(),
  phone: phone.nullish(),
  address1: z.string().nullish(),
  city: z.string().nullish(),
  state: z.string().nullish(),
  postalCode: z.string().optional(),
  website: z.string().nullish(),
  timezone: z.string().nullish(),
  dnd: z.boolean().optional(),
  dndSettings: z
    .strictObject({
      Call: dndSetting,
      Email: dndSetting,
      SMS: dndSetting,
      WhatsApp: dndSetting,
      GMB: dndSetting,
      FB: dndSetting,
    })
    .partial()
    .optional(),
  inboundDndSettings: z.unknown().optional(),
  tags: z.array(z.string()).optional(),
  customFields: z.array(customField).optional(),
  source: z.string().nullish(),
  dateOfBirth: z.union([isoInstant, z.string()]).nullish(),
  country: z.string().optional(),
  assignedTo: z.string().nullish(),
}

export const updateBody = z.strictObject(writable)
export const createBody = z.strictObject({
  ...writable,
  locationId: filledText,
  gender: z.string().optional(),
  companyName: z.string().nullish(),
})
export const upsertBody = createBody.extend({ createNewIfDuplicateAllowed: z.boolean().optional() })

export type ContactFields = z.infer<typeof updateBody> & { companyName?: string | null | undefined }

export function savedTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.trim().toLowerCase()).filter(Boolean))]
}

function namesOf({ name, firstName, lastName }: ContactFields): { firstName?: string; lastName?: string } {
  const [first = '', ...rest] = name?.trim().split(/\s+/) ?? []
  const given = name ? { firstName: first, lastName: rest.join(' ') } : {}
  return {
    ...given,
    ...(firstName === undefined ? {} : { firstName: firstName ?? '' }),
    ...(lastName === undefined ? {} : { lastName: lastName ?? '' }),
  }
}

/** A channel on permanent do-not-disturb cannot be cleared by the API; `tags` replaces the whole list. */
export function applyFields(contact: SandboxContact, fields: ContactFields): void {
  Object.assign(contact, namesOf(fields))
  for (const name of [
    'email',
    'phone',
    'timezone',
    'source',
    'country',
    'assignedTo',
    'companyName',
  ] as const) {
    const value = fields[name]
    if (value !== undefined) contact[name] = value || null
  }
  if (fields.tags) contact.tags = savedTags(fields.tags)
  if (fields.dnd !== undefined) contact.dnd = fields.dnd
  for (const channel of ['Call', 'Email', 'SMS', 'WhatsApp', 'GMB', 'FB'] as const) {
    const setting = fields.dndSettings?.[channel]
    if (!setting || contact.dndSettings[channel]?.status === 'permanent') continue
    const { status, message, code } = setting
    contact.dndSettings[channel] = { status, ...(message ? { message } : {}), ...(code ? { code } : {}) }
  }
  for (const { id, field_value: value } of fields.customFields ?? []) {
    contact.customFields = [...contact.customFields.filter((field) => field.id !== id), { id, value }]
  }
}
