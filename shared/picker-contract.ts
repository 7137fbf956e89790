import * as z from 'zod/mini'

export const tagPickerAnswerSchema = z.object({
  tags: z.array(z.object({ id: z.string(), name: z.string() })),
})
export type TagPickerAnswer = z.infer<typeof tagPickerAnswerSchema>

export const userPickerAnswerSchema = z.object({
  users: z.array(z.object({ id: z.string(), name: z.string(), email: z.string() })),
})
export type UserPickerAnswer = z.infer<typeof userPickerAnswerSchema>

export const phoneNumberPickerAnswerSchema = z.object({
  phoneNumbers: z.array(
    z.object({
      /** E.164. */
      number: z.string(),
      name: z.string(),
      isDefault: z.boolean(),
    }),
  ),
})
export type PhoneNumberPickerAnswer = z.infer<typeof phoneNumberPickerAnswerSchema>
