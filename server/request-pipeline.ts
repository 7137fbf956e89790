import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { runWithContext } from './request-context.ts'

/** Upstream work of a request ends by then, so that the answer leaves before the promised 30 s. */
const workBudgetMs = 25_000
const answerWithinMs = 28_000

/** A proxy's id for a request: longer than any phone number, and nothing that could break a line or a field. */
const proxyRequestId = /^[\w.-]{16,64}$/

const pathOf = (request: Request): string => request.originalUrl.split('?')[0] ?? ''

/** The path without its query; what might be a phone number that somebody put there is cut. */
const safePath = (request: Request): string =>
  pathOf(request)
    .slice(0, 200)
    .replaceAll(/\d{7,}/g, '…')

export type AnsweredRequest = {
  method: string
  route: string
  status: number
  /** Unset for a stream. */
  durationMs?: number
}

/**
 * Gives each request its id and deadline, and logs it in one line once it is answered: path without query, no header,
 * no body, and why it failed, where it did. Good health is told at `debug` only.
 * @param trustedProxies from 1 on, a proxy's `X-Request-Id` is taken over
 */
export function requestContextHandler(parts: {
  logger: Logger
  trustedProxies: number
  observe?: ((answered: AnsweredRequest) => void) | undefined
}): RequestHandler {
  const { logger, trustedProxies, observe } = parts

  function finish(request: Request, response: Response, requestId: string, elapsedMs: number): void {
    const status = response.statusCode
    const failure = failureOf(response)
    const line = {
      requestId,
      method: request.method,
      path: safePath(request),
      status,
      durationMs: Math.round(elapsedMs),
      answered: response.writableFinished,
      ...(failure ? { err: failure, code: failure.code } : {}),
    }
    logger[levelOf(request, failure?.status ?? status)](line, 'request')
    const isStream = String(response.getHeader('Content-Type')).startsWith('text/event-stream')
    const duration = isStream ? {} : { durationMs: elapsedMs }
    observe?.({ method: request.method, route: routeOf(request), status, ...duration })
  }

  return (request, response, next) => {
    const given = trustedProxies > 0 ? request.get('X-Request-Id') : undefined
    const requestId = given !== undefined && proxyRequestId.test(given) ? given : randomUUID()
    const startedAt = performance.now()
    response.setHeader('X-Request-Id', requestId)
    response.once('close', () => finish(request, response, requestId, performance.now() - startedAt))
    runWithContext({ requestId, deadlineAt: startedAt + workBudgetMs, priority: 'person' }, next)
  }
}

/** Keeps why a request failed for its line in the log. */
export function rememberFailure(response: Response, failure: AppError): void {
  response.locals['failure'] = failure
}

function failureOf(response: Response): AppError | undefined {
  const failure: unknown = response.locals['failure']
  return failure instanceof AppError ? failure : undefined
}

function levelOf(request: Request, status: number): 'debug' | 'info' | 'error' {
  if (status >= 500) return 'error'
  return status < 400 && /^\/(healthz|readyz)$/.test(pathOf(request)) ? 'debug' : 'info'
}

/**
 * The pattern that the request's route was declared with, below where its router is mounted. Express knows that place
 * no more once a route has failed; the path's first segments are the same.
 */
function routeOf(request: Request): string {
  const route: unknown = request.route
  const pattern = typeof route === 'object' && route !== null ? Reflect.get(route, 'path') : undefined
  if (typeof pattern !== 'string') return '(none)'
  if (pattern.includes('*')) return '/*'
  const declared = pattern.split('/').filter(Boolean)
  const asked = pathOf(request).toLowerCase().split('/').filter(Boolean)
  return `/${[...asked.slice(0, asked.length - declared.length), ...declared].join('/')}`
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
