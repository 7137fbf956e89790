import * as z from 'zod/mini'
import { messageStatuses } from './message-statuses.ts'

/** `event:` of `GET /api/events`. */
export const eventTypes = [
  'message',
  'message_status',
  'contact',
  'task',
  'note',
  'tags',
  'installation',
] as const
export type EventType = (typeof eventTypes)[number]

/** `data:` of one event: what changed and where, never the texts themselves, which are read through their own routes. */
export const locationEventSchema = z.object({
  type: z.enum(eventTypes),
  /** Null for what concerns the whole location. */
  contactId: z.nullable(z.string()),
  /** When it happened, by the platform's own time; ISO 8601. */
  at: z.string(),
  /** The platform's id, for `message` and `message_status`. */
  messageId: z.optional(z.string()),
  /** For `message` and `message_status`. */
  status: z.optional(z.enum(messageStatuses)),
  /** For `message`. */
  direction: z.optional(z.enum(['inbound', 'outbound'])),
})

export type LocationEvent = z.infer<typeof locationEventSchema>
