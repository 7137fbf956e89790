import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express'
import type { Clock } from '../support/clock.ts'
import type { RecordedCall } from './call-recorder.ts'
import type { ApiAnswer, Endpoint } from './endpoint.ts'
import type { Fault, FaultInjector } from './fault-injector.ts'
import type { TokenBook } from './oauth/token-book.ts'
import { PlatformError, refuse } from './platform-error.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { bearerToken, checkContentType, checkToken, checkVersion } from './request-gate.ts'

export type ApiParts = {
  endpoints: readonly Endpoint[]
  /** Answers `POST /oauth/token`, which has neither token nor version. */
  exchange: (request: { body: unknown }) => ApiAnswer
  tokens: TokenBook
  limiter: RateLimiter
  faults: FaultInjector
  calls: RecordedCall[]
  clock: Clock
}

const apiPath = /^\/(oauth|contacts|conversations|locations|users|phone-system|marketplace)(\/|$)/

/** The platform's API: record, fault, gate, endpoint, answer. */
export function createApiRoutes(parts: ApiParts): Router {
  const { endpoints, exchange, tokens, limiter } = parts
  const routes = Router({ strict: false })
  const onApi = Router()
  onApi.use(express.json({ limit: '1mb' }), express.urlencoded({ extended: false, limit: '1mb' }))
  onApi.use(recordAndFault(parts))

  onApi.post('/oauth/token', (request, response) => {
    checkContentType(request, { body: request.is('application/json') ? 'json' : 'form' })
    sendAnswer(response, exchange({ body: request.body }))
  })
  for (const endpoint of endpoints) {
    onApi.all(endpoint.path, (request, response, next) => {
      if (request.method !== endpoint.method) return next()
      checkVersion(request, endpoint)
      const grant = checkToken(request, tokens, endpoint)
      const verdict = limiter.count(JSON.stringify(grant.holder))
      response.set(verdict.headers)
      if (!verdict.allowed) throw refuse(429, 'Too Many Requests')
      checkContentType(request, endpoint)
      const params = Object.fromEntries(
        Object.entries(request.params).filter(
          (pair): pair is [string, string] => typeof pair[1] === 'string',
        ),
      )
      sendAnswer(response, endpoint.handle({ params, query: request.query, body: request.body, grant }))
    })
  }
  onApi.use(() => {
    throw refuse(401, 'This route is not yet supported by the IAM Service.')
  })
  onApi.use(answerError)

  routes.use((request, response, next) =>
    apiPath.test(request.path) ? onApi(request, response, next) : next(),
  )
  return routes
}

function recordAndFault({ faults, calls, tokens, clock }: ApiParts): express.RequestHandler {
  return async (request, response, next) => {
    const call = recordedCall(request, tokens, clock)
    calls.push(call)
    const fault = faults.take(call)
    response.locals['call'] = call
    response.locals['fault'] = fault
    if (fault?.delayMs) await pause(fault.delayMs, undefined, { ref: false })
    if (fault?.reset) {
      request.socket.resetAndDestroy()
    } else if (fault?.status !== undefined) {
      const body = fault.body ?? { statusCode: fault.status, message: 'A fault of the sandbox' }
      response.set(fault.headers ?? {})
      call.status = fault.status
      response.status(fault.status)
      if (typeof body === 'string') response.send(body)
      else response.json(body)
    } else {
      next()
    }
  }
}

function recordedCall(request: Request, tokens: TokenBook, clock: Clock): RecordedCall {
  const token = bearerToken(request)
  const holder = token === undefined ? undefined : tokens.lookUp(token)?.grant.holder
  const ownerId = holder?.kind === 'location' ? holder.locationId : holder?.companyId
  return {
    method: request.method,
    path: request.path,
    query: { ...request.query },
    status: null,
    version: request.get('version') ?? null,
    tokenOwner: holder ? `${holder.kind}:${ownerId}` : null,
    body: request.body,
    at: new Date(clock.now()).toISOString(),
  }
}

/** The one way out: `traceId` in every body, and what a fault does to an answer that is ready. */
function sendAnswer(response: Response, answer: ApiAnswer): void {
  const call: RecordedCall | undefined = response.locals['call']
  const fault: Fault | undefined = response.locals['fault']
  if (call) call.status = answer.status
  if (fault?.loseAnswer) {
    response.socket?.resetAndDestroy()
    return
  }
  if (fault?.malformed) {
    response.status(answer.status).type('json').send('{"contact": {"id": ')
    return
  }
  if (answer.body === null) response.status(answer.status).end()
  else response.status(answer.status).json({ ...answer.body, traceId: randomUUID() })
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  if (error instanceof PlatformError) {
    sendAnswer(response, { status: error.status, body: error.body })
    return
  }
  const status = statusOf(error)
  const message = error instanceof Error ? error.message : 'Internal server error'
  sendAnswer(response, { status, body: { statusCode: status, message } })
}

/** The body parser's own refusals carry a status; anything else is a fault of ours. */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  return typeof status === 'number' ? status : 500
}
