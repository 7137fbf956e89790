import * as z from 'zod/mini'

export const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    requestId: z.string(),
    details: z.optional(z.unknown()),
  }),
})

export type ErrorBody = z.infer<typeof errorBodySchema>
