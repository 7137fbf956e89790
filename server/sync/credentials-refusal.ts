import { AppError } from '../errors.ts'

/** Nothing more can be asked of the other system until a person connects it again. */
export function areCredentialsRefused(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'rejected') return false
  const { details } = error
  return typeof details === 'object' && details !== null && Reflect.get(details, 'reason') === 'credentials'
}
