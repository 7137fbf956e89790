import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { errorBody } from './error-handler.ts'
import { AppError } from './errors.ts'

const retryAfterSeconds = 1

/**
 * Answers while the app still starts, which may take as long as the migrations of a large database: it is alive, and
 * everything else has to wait.
 */
export const answerWhileStarting: RequestListener = (request, response) => {
  const requestId = randomUUID()
  const isHealth = request.url?.split('?')[0] === '/healthz'
  const failure = new AppError('upstream_unavailable', 'The app is starting. Please try again in a moment.')
  const body = JSON.stringify(isHealth ? { status: 'ok' } : errorBody(failure, requestId))
  response.writeHead(isHealth ? 200 : failure.status, {
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': "default-src 'none'",
    'Content-Type': 'application/json; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    ...(isHealth ? {} : { 'Retry-After': String(retryAfterSeconds) }),
  })
  response.end(body)
}
