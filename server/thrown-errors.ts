import { ZodError } from 'zod'
import { $ZodError } from 'zod/v4/core'
import { AppError } from './errors.ts'

/** What body parsers throw: an http-errors error with a type. */
function fromBodyParser(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || !('type' in error) || !('status' in error)) return undefined
  if (error.status === 413)
    return new AppError('too_large', 'The request is larger than allowed.', { cause: error })
  if (error.status === 415) {
    return new AppError('unsupported_media_type', 'The request has an encoding that is not supported.', {
      cause: error,
    })
  }
  return new AppError('validation', 'The request body is not valid JSON.', { cause: error })
}

function fromValidation(error: unknown): AppError | undefined {
  if (!(error instanceof ZodError) && !(error instanceof $ZodError)) return undefined
  return new AppError('validation', 'The request has missing or wrong fields.', {
    details: error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  })
}

function fromUriDecoding(error: unknown): AppError | undefined {
  return error instanceof URIError
    ? new AppError('validation', 'The address is not valid.', { cause: error })
    : undefined
}

/** Any thrown value as the application's own error; what nobody foresaw becomes `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  return (
    fromValidation(error) ??
    fromBodyParser(error) ??
    fromUriDecoding(error) ??
    new AppError('internal', 'Something went wrong on our side. Please try again.', { cause: error })
  )
}
