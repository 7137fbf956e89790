import * as z from 'zod/mini'

/** A job that failed at every try and waits for a person; kept for 30 days. */
export const failedJobSchema = z.object({
  id: z.string(),
  /** What it was to do, such as `process-webhooks`. */
  name: z.string(),
  /** ISO 8601. */
  failedAt: z.string(),
  /** Why the last try failed: a code of the API's failures, or `interrupted` where the process died in it. */
  code: z.string(),
  /** How often it was tried. */
  attempts: z.number(),
})

export type FailedJob = z.infer<typeof failedJobSchema>

/** Newest first, at most 100. */
export const failedJobsAnswerSchema = z.object({ failedJobs: z.array(failedJobSchema) })
export type FailedJobsAnswer = z.infer<typeof failedJobsAnswerSchema>

export const replayAnswerSchema = z.object({ replayed: z.literal(true) })
export type ReplayAnswer = z.infer<typeof replayAnswerSchema>
