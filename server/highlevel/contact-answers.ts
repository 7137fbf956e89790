import { z } from 'zod'
import { cautiousFlag, flag, instantText, text, texts } from './platform-fields.ts'

/** A word for do-not-disturb that is not known yet counts as active: nobody is texted on a guess. */
const dndSetting = z
  .object({ status: z.enum(['active', 'inactive', 'permanent']).catch('active'), message: text })
  .nullish()
  .catch({ status: 'active', message: null })

const customField = z.object({ id: z.string(), value: z.unknown() })

const contactSchema = z.object({
  id: z.string(),
  locationId: text,
  name: text,
  contactName: text,
  firstName: text,
  lastName: text,
  /** A search answers names in lower case and keeps their case here. */
  firstNameRaw: text,
  lastNameRaw: text,
  companyName: text,
  email: text,
  phone: text,
  timezone: text,
  source: text,
  assignedTo: text,
  tags: texts,
  dnd: cautiousFlag,
  /** Only `get` has it, a search leaves it out. */
  dndSettings: z.object({ SMS: dndSetting }).nullish().catch(null),
  dateAdded: instantText,
  dateUpdated: instantText,
  customFields: z.array(customField).nullish().catch(null),
  /** Where a following search goes on. */
  searchAfter: z.array(z.unknown()).nullish().catch(null),
})
export type PlatformContact = z.infer<typeof contactSchema>

const taskSchema = z.object({
  id: z.string(),
  title: text,
  body: text,
  assignedTo: text,
  /** ISO 8601. */
  dueDate: instantText,
  completed: flag,
  contactId: text,
})
export type PlatformTask = z.infer<typeof taskSchema>

const noteSchema = z.object({
  id: z.string(),
  body: text,
  userId: text,
  dateAdded: instantText,
  contactId: text,
})
export type PlatformNote = z.infer<typeof noteSchema>

/** A schema compiles itself on its first use, so each is made once. */
export const contactAnswer = z.object({ contact: contactSchema })
export const duplicateAnswer = z.object({ contact: contactSchema.nullish() })
export const searchAnswer = z.object({ contacts: z.array(contactSchema).nullish() })
/** All tags of the contact; the platform may leave them out. */
export const tagsAnswer = z.object({ tags: z.array(z.string()).nullish().catch(null) }).catch({ tags: null })
export const taskAnswer = z.object({ task: taskSchema })
export const tasksAnswer = z.object({ tasks: z.array(taskSchema).nullish() })
export const noteAnswer = z.object({ note: noteSchema })
export const notesAnswer = z.object({ notes: z.array(noteSchema).nullish() })

/** The contact of a `ContactCreate` and its like, which has the shape of the API's. */
export function readPlatformContact(payload: unknown): PlatformContact | undefined {
  return contactSchema.safeParse(payload).data
}
