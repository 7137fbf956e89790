import * as z from 'zod/mini'
import { cursor, pageLimit } from './field-rules.ts'
import { messageStatuses } from './message-contract.ts'

export const timelineQuerySchema = z.object({
  limit: pageLimit(20),
  cursor: z.optional(cursor),
})

export const timelineMessageSchema = z.object({
  kind: z.literal('message'),
  id: z.string(),
  at: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  body: z.string(),
  status: z.enum(messageStatuses),
  /** "SMS", "Email", "Call", …: what the platform calls the message type, made readable. */
  channel: z.string(),
  /** Who sent it: a user's id, where the platform says. */
  userId: z.nullable(z.string()),
  /** Number of attached files; the files themselves stay in the CRM. */
  attachmentCount: z.number(),
})
export type TimelineMessage = z.infer<typeof timelineMessageSchema>

export const timelineNoteSchema = z.object({
  kind: z.literal('note'),
  id: z.string(),
  at: z.string(),
  body: z.string(),
  userId: z.nullable(z.string()),
})

export const timelineItemSchema = z.discriminatedUnion('kind', [timelineMessageSchema, timelineNoteSchema])
export type TimelineItem = z.infer<typeof timelineItemSchema>

/** Newest first. */
export const timelineAnswerSchema = z.object({
  items: z.array(timelineItemSchema),
  nextCursor: z.nullable(z.string()),
})
export type TimelineAnswer = z.infer<typeof timelineAnswerSchema>
