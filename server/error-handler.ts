import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { ErrorBody } from '../shared/error-contract.ts'
import { toAppError } from './thrown-errors.ts'
import { AppError } from './errors.ts'
import { currentContext } from './request-context.ts'
import { rememberFailure } from './request-pipeline.ts'

export function errorBody(error: AppError, requestId: string): ErrorBody {
  return {
    error: {
      code: error.code,
      message: error.message,
      requestId,
      ...(error.details === undefined ? {} : { details: error.details }),
    },
  }
}

export const notFoundHandler: RequestHandler = (_request, _response, next) => {
  next(new AppError('not_found', 'There is nothing at this address.'))
}

/** Turns every failure into the contract's envelope; the request's own line in the log says why it failed. */
export const errorHandler: ErrorRequestHandler = (thrown, _request, response, _next) => {
  const error = toAppError(thrown)
  rememberFailure(response, error)
  // Once the answer began there is no other; handing it on would print it, with whatever it holds.
  if (response.headersSent) return void response.destroy()
  if (error.code === 'rate_limited' || error.retryAfterMs !== undefined) {
    response.setHeader('Retry-After', String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000))))
  }
  response.status(error.status).json(errorBody(error, currentContext()?.requestId ?? 'unknown'))
}
