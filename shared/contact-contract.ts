import * as z from 'zod/mini'
import { cursor, pageLimit, searchMaxLength, tagMaxLength } from './field-rules.ts'

export const contactListQuerySchema = z.object({
  query: z.optional(z.string().check(z.maxLength(searchMaxLength))),
  tag: z.optional(z.string().check(z.minLength(1), z.maxLength(tagMaxLength))),
  limit: pageLimit(25),
  cursor: z.optional(cursor),
})

export type ContactListQuery = z.infer<typeof contactListQuerySchema>

export const contactSummarySchema = z.object({
  id: z.string(),
  /** Never empty: falls back to e-mail, phone, then "Unnamed contact". */
  name: z.string(),
  firstName: z.nullable(z.string()),
  lastName: z.nullable(z.string()),
  email: z.nullable(z.string()),
  /** E.164. */
  phone: z.nullable(z.string()),
  /** The same for reading, in its country's own grouping. */
  phoneDisplay: z.nullable(z.string()),
  tags: z.array(z.string()),
  /** Blocked on every channel. */
  dnd: z.boolean(),
  assignedTo: z.nullable(z.string()),
})

export type ContactSummary = z.infer<typeof contactSummarySchema>

export const contactSchema = z.extend(contactSummarySchema, {
  companyName: z.nullable(z.string()),
  /** IANA zone of the contact, where the CRM knows it. */
  timezone: z.nullable(z.string()),
  /** Do-not-disturb for SMS: `blocked` is what counts, the rest explains it. */
  smsDnd: z.object({
    blocked: z.boolean(),
    status: z.enum(['active', 'inactive', 'permanent']),
    reason: z.nullable(z.string()),
  }),
  source: z.nullable(z.string()),
  dateAdded: z.nullable(z.string()),
  customFields: z.array(z.object({ id: z.string(), value: z.unknown() })),
})

export type Contact = z.infer<typeof contactSchema>

export const contactListAnswerSchema = z.object({
  contacts: z.array(contactSummarySchema),
  nextCursor: z.nullable(z.string()),
})
export type ContactListAnswer = z.infer<typeof contactListAnswerSchema>

export const contactAnswerSchema = z.object({ contact: contactSchema })
export type ContactAnswer = z.infer<typeof contactAnswerSchema>
