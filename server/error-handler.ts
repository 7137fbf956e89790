import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { ErrorBody } from '../shared/error-contract.ts'
import { toAppError } from './app-error.ts'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { currentContext } from './request-context.ts'

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

/** Turns every failure into the contract's envelope; one log line per failure. */
export function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = toAppError(thrown)
    if (response.headersSent) {
      // Handing it on would print it, with whatever it holds.
      logger.error(
        { err: error, method: request.method, code: error.code },
        'request failed after its answer began',
      )
      response.destroy()
      return
    }
    const level = error.status >= 500 ? 'error' : 'info'
    logger[level]({ err: error, method: request.method, code: error.code }, 'request failed')
    if (error.code === 'rate_limited' || error.retryAfterMs !== undefined) {
      response.setHeader('Retry-After', String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000))))
    }
    response.status(error.status).json(errorBody(error, currentContext()?.requestId ?? 'unknown'))
  }
}
