import * as z from 'zod/mini'
import { noteMaxLength, requiredText } from './field-rules.ts'

export const noteInputSchema = z.object({ body: requiredText(noteMaxLength) })
export type NoteInput = z.infer<typeof noteInputSchema>

export const noteSchema = z.object({
  id: z.string(),
  contactId: z.string(),
  body: z.string(),
  userId: z.nullable(z.string()),
  /** ISO 8601. */
  at: z.string(),
})
export type Note = z.infer<typeof noteSchema>

export const noteAnswerSchema = z.object({ note: noteSchema })
export type NoteAnswer = z.infer<typeof noteAnswerSchema>
export const noteListAnswerSchema = z.object({ notes: z.array(noteSchema) })
export type NoteListAnswer = z.infer<typeof noteListAnswerSchema>
