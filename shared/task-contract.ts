import * as z from 'zod/mini'
import {
  instant,
  noteMaxLength,
  optionalText,
  platformId,
  requiredText,
  taskTitleMaxLength,
} from './field-rules.ts'

/** A follow-up as the page sends it; a PUT sends it whole. */
export const taskInputSchema = z.object({
  title: requiredText(taskTitleMaxLength),
  body: z.optional(optionalText(noteMaxLength)),
  dueDate: instant,
  assignedTo: z.optional(z.nullable(platformId)),
  completed: z.optional(z.boolean()),
})
export type TaskInput = z.infer<typeof taskInputSchema>

export const taskCompletedSchema = z.object({ completed: z.boolean() })

export const taskSchema = z.object({
  id: z.string(),
  contactId: z.string(),
  title: z.string(),
  body: z.string(),
  dueDate: z.nullable(z.string()),
  assignedTo: z.nullable(z.string()),
  completed: z.boolean(),
})
export type Task = z.infer<typeof taskSchema>

export const taskAnswerSchema = z.object({ task: taskSchema })
export type TaskAnswer = z.infer<typeof taskAnswerSchema>
export const taskListAnswerSchema = z.object({ tasks: z.array(taskSchema) })
export type TaskListAnswer = z.infer<typeof taskListAnswerSchema>
