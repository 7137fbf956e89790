import * as z from 'zod/mini'
import { cursor, pageLimit, platformId } from './field-rules.ts'

export const auditActions = [
  'message.send',
  'tags.add',
  'tags.remove',
  'task.create',
  'task.update',
  'task.complete',
  'task.reopen',
  'task.delete',
  'note.create',
  'note.update',
  'note.delete',
  'wrap_up',
  'installation.disconnect',
  'provider.connect',
  'provider.choose',
  'provider.test',
  'provider.disconnect',
  'automation.create',
  'automation.update',
  'automation.delete',
  'sync.save',
  'sync.try',
  'sync.run',
  'sync.pause',
  'sync.resume',
  'sync.cancel',
  'sync.replay',
  'sync.link',
  'sync.apart',
] as const
export type AuditAction = (typeof auditActions)[number]

/** `unknown`: it may have happened; also how an action stays whose process died under it. */
export const auditOutcomes = ['done', 'failed', 'unknown'] as const
export type AuditOutcome = (typeof auditOutcomes)[number]

export const auditQuerySchema = z.object({
  contactId: z.optional(platformId),
  limit: pageLimit(50),
  cursor: z.optional(cursor),
})

export type AuditQuery = z.infer<typeof auditQuerySchema>

/** Who did what to which contact; never what was written. */
export const auditEntrySchema = z.object({
  id: z.number(),
  at: z.string(),
  userId: z.string(),
  /** Null for what concerns the whole location. */
  contactId: z.nullable(z.string()),
  action: z.enum(auditActions),
  outcome: z.enum(auditOutcomes),
  /** Why it failed or is unknown, in the codes of the error answers. */
  code: z.nullable(z.string()),
  /** The platform's id of the message, task or note that was made, changed or deleted; the name of a provider. */
  reference: z.nullable(z.string()),
  /** The `X-Request-Id` under which it was asked for. */
  requestId: z.nullable(z.string()),
})

/** Newest first. */
export const auditAnswerSchema = z.object({
  entries: z.array(auditEntrySchema),
  nextCursor: z.nullable(z.string()),
})
export type AuditAnswer = z.infer<typeof auditAnswerSchema>
