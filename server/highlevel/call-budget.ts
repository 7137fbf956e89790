import { AppError } from '../errors.ts'
import { currentContext } from '../request-context.ts'

/** Left for the answer itself to be made and sent. */
const marginMs = 250

/** What is left of the current request's time; infinite outside a request. */
export function remainingBudgetMs(): number {
  const deadlineAt = currentContext()?.deadlineAt
  return deadlineAt === undefined ? Infinity : deadlineAt - performance.now() - marginMs
}

export function outOfTime(cause?: unknown): AppError {
  return new AppError('upstream_unavailable', 'The CRM took too long to answer. Please try again.', {
    cause,
    retryable: true,
  })
}

/**
 * Waits for work that others may wait for too, no longer than the request has time; the work itself goes on.
 * @throws {AppError} `upstream_unavailable` when the time is over
 */
export async function withinBudget<T>(work: Promise<T>): Promise<T> {
  const remainingMs = remainingBudgetMs()
  if (remainingMs === Infinity) return work
  const { promise: timeIsUp, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(outOfTime()), Math.max(0, remainingMs))
  try {
    return await Promise.race([work, timeIsUp])
  } finally {
    clearTimeout(timer)
  }
}
