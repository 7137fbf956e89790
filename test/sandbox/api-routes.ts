import { randomUUID } from 'node:crypto'
import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express'
import type { Clock } from '../support/clock.ts'
import type { RecordedCall } from './call-recorder.ts'
import type { ApiAnswer, Endpoint } from './endpoint.ts'
import type { FaultInjector } from './fault-injector.ts'
import type { TokenBook } from './oauth/token-book.ts'
import { PlatformError, refuse } from './platform-error.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { bearerToken, checkContentType, checkToken, checkVersion } from './request-gate.ts'
import { pathParams, recordAndFault, sendAnswered } from './stand-in-door.ts'

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
  const { endpoints, exchange, tokens, limiter, faults, calls, clock } = parts
  const routes = Router({ strict: false })
  const onApi = Router()
  onApi.use(express.json({ limit: '1mb' }), express.urlencoded({ extended: false, limit: '1mb' }))
  const describe = (request: Request) => callerOf(request, tokens)
  onApi.use(recordAndFault({ faults, calls, now: clock.now, describe, answerFault }))

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
      const params = pathParams(request)
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

function callerOf(request: Request, tokens: TokenBook): Pick<RecordedCall, 'version' | 'tokenOwner'> {
  const token = bearerToken(request)
  const holder = token === undefined ? undefined : tokens.lookUp(token)?.grant.holder
  const ownerId = holder?.kind === 'location' ? holder.locationId : holder?.companyId
  return {
    version: request.get('version') ?? null,
    tokenOwner: holder ? `${holder.kind}:${ownerId}` : null,
  }
}

/** A text of a fault goes as it is: some answers are pages. */
function answerFault(response: Response, status: number, given: unknown): void {
  const body = given ?? { statusCode: status, message: 'A fault of the sandbox' }
  const send = () => (typeof body === 'string' ? response.send(body) : response.json(body))
  sendAnswered(response, status, { send, broken: '' })
}

/** `traceId` is in every body. */
function sendAnswer(response: Response, { status, body }: ApiAnswer): void {
  const send = () => (body === null ? response.end() : response.json({ ...body, traceId: randomUUID() }))
  sendAnswered(response, status, { send, broken: '{"contact": {"id": ' })
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
