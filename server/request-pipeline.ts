import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { runWithContext } from './request-context.ts'

/** Upstream work of a request ends by then, so that the answer leaves before the promised 30 s. */
const workBudgetMs = 25_000
const answerWithinMs = 28_000

/** The path without its query; what might be a phone number that somebody put there is cut. */
const safePath = (url: string): string => (url.split('?')[0] ?? '').slice(0, 200).replaceAll(/\d{7,}/g, '…')

/** Gives each request its id and deadline, and logs it once it is answered: path without query, no header, no body. */
export function requestContextHandler({ logger }: { logger: Logger }): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID()
    const startedAt = performance.now()
    response.setHeader('X-Request-Id', requestId)
    runWithContext({ requestId, deadlineAt: startedAt + workBudgetMs }, () => {
      response.once('close', () => {
        const durationMs = Math.round(performance.now() - startedAt)
        const answered = response.writableFinished
        logger.info(
          {
            requestId,
            method: request.method,
            path: safePath(request.originalUrl),
            status: response.statusCode,
            durationMs,
            answered,
          },
          'request',
        )
      })
      next()
    })
  }
}

/** The last resort: whatever hangs, the caller gets an answer. A write may have happened by then. */
export const answerInTime: RequestHandler = (request, response, next) => {
  const timer = setTimeout(() => {
    if (response.headersSent) return
    next(
      request.method === 'GET'
        ? new AppError('upstream_unavailable', 'The CRM took too long to answer. Please try again.', {
            retryAfterMs: 5000,
          })
        : new AppError(
            'outcome_unknown',
            'This took too long. It may or may not have happened: look before you repeat it.',
          ),
    )
  }, answerWithinMs)
  response.once('close', () => clearTimeout(timer))
  next()
}

/** A body is JSON or it is refused; a request without one passes. */
export const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  if (!hasBody || request.is('application/json')) return next()
  next(new AppError('unsupported_media_type', 'The body must be JSON (Content-Type: application/json).'))
}
