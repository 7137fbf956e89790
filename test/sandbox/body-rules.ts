import { z } from 'zod'
import { refuse } from './platform-error.ts'

function problems(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `property ${[...issue.path, key].join('.')} should not exist`)
  }
  if (issue.code === 'invalid_type') return [`${path || 'body'} must be a ${issue.expected}`]
  if (issue.code === 'invalid_value') {
    return [`${path} must be one of the following values: ${issue.values.map(String).join(', ')}`]
  }
  return [`${path} ${issue.message}`]
}

/**
 * What the platform's validation does with a body or a query.
 * @throws {PlatformError} 422 with one line for each problem; unknown fields are problems
 */
export function parseStrictly<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  throw refuse(422, parsed.error.issues.flatMap(problems))
}

export const filledText = z.string().min(1, 'should not be empty')

export const isoInstant = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), {
    message: 'must be a valid ISO 8601 date string',
  })

/** Query values are text: a number in it, within bounds. */
export function queryNumber(low: number, high: number) {
  return z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high, {
      message: `must be a number from ${low} to ${high}`,
    })
    .transform(Number)
}

export const queryFlag = z.enum(['true', 'false']).transform((text) => text === 'true')
