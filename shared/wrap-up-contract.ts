import * as z from 'zod/mini'
import { messageSchema, sendMessageSchema } from './message-contract.ts'
import { noteInputSchema, noteSchema } from './note-contract.ts'
import { tagListSchema } from './tag-contract.ts'
import { taskInputSchema, taskSchema } from './task-contract.ts'

export const wrapUpSchema = z
  .object({
    message: z.optional(sendMessageSchema),
    addTags: z.optional(tagListSchema),
    removeTags: z.optional(tagListSchema),
    task: z.optional(taskInputSchema),
    note: z.optional(noteInputSchema),
  })
  .check(
    z.refine(
      (parts) => Boolean(parts.message ?? parts.addTags ?? parts.removeTags ?? parts.task ?? parts.note),
      'needs at least one part',
    ),
  )
export type WrapUp = z.infer<typeof wrapUpSchema>

const failedPart = z.object({
  ok: z.literal(false),
  error: z.object({ code: z.string(), message: z.string(), details: z.optional(z.unknown()) }),
})

export const wrapUpAnswerSchema = z.object({
  parts: z.object({
    message: z.optional(z.union([z.object({ ok: z.literal(true), result: messageSchema }), failedPart])),
    tags: z.optional(
      z.union([
        z.object({ ok: z.literal(true), result: z.object({ tags: z.array(z.string()) }) }),
        failedPart,
      ]),
    ),
    task: z.optional(z.union([z.object({ ok: z.literal(true), result: taskSchema }), failedPart])),
    note: z.optional(z.union([z.object({ ok: z.literal(true), result: noteSchema }), failedPart])),
  }),
})
export type WrapUpAnswer = z.infer<typeof wrapUpAnswerSchema>
export type WrapUpPartName = keyof WrapUpAnswer['parts']
