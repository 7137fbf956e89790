import * as z from 'zod/mini'
import { requiredText, tagMaxLength, tagsMaxCount } from './field-rules.ts'

export const tagListSchema = z
  .array(requiredText(tagMaxLength))
  .check(z.minLength(1), z.maxLength(tagsMaxCount))

export const tagChangeSchema = z.object({ tags: tagListSchema })
export type TagChange = z.infer<typeof tagChangeSchema>

/** All tags the contact has now. */
export const contactTagsAnswerSchema = z.object({ tags: z.array(z.string()) })
export type ContactTagsAnswer = z.infer<typeof contactTagsAnswerSchema>

export { normalizeTags } from './tag-names.ts'
