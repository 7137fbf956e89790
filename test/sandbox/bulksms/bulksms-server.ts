import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express'
import type { RecordedCall } from '../call-recorder.ts'
import type { FaultInjector } from '../fault-injector.ts'
import {
  hasBodyOtherThan,
  listenOnLoopback,
  noteCaller,
  pathParams,
  recordAndFault,
  sendAnswered,
} from '../stand-in-door.ts'
import { createAccountEndpoints } from './bulksms-account-endpoints.ts'
import type { BulksmsEndpointParts } from './bulksms-endpoint.ts'
import { createMessageEndpoints } from './bulksms-message-endpoints.ts'
import { createWebhookEndpoints } from './bulksms-webhook-endpoints.ts'
import { badRequest, BulksmsProblem, notFound, unauthorized } from './bulksms-problem.ts'
import { wireJson } from './bulksms-shapes.ts'

export type BulksmsServerParts = BulksmsEndpointParts & { faults: FaultInjector; calls: RecordedCall[] }

export function listenAsBulksms(parts: BulksmsServerParts, port: number) {
  const app = express()
  app.disable('x-powered-by')
  app.use('/v1', createBulksmsApi(parts))
  return listenOnLoopback(app, port)
}

/** Record, fault, gate, endpoint, answer. The paths of calls and faults are those below `/v1`. */
function createBulksmsApi(parts: BulksmsServerParts): express.Router {
  const routes = express.Router()
  const { faults, calls, now } = parts
  const { answer, answerFault, answerError } = createAnswers(parts)
  routes.use(express.json({ limit: '5mb' }))
  routes.use(recordAndFault({ faults, calls, now, answerFault }))
  routes.use(gate(parts))
  const endpoints = [
    ...createMessageEndpoints(parts),
    ...createWebhookEndpoints(parts),
    ...createAccountEndpoints(parts),
  ]
  for (const { method, path, handle } of endpoints) {
    routes.all(path, async (request, response, next) => {
      if (request.method !== method) return next()
      const params = pathParams(request)
      const { status, body } = await handle({ params, query: request.query, body: request.body })
      answer(response, status, body)
    })
  }
  routes.use(() => {
    throw notFound()
  })
  routes.use(answerError)
  return routes
}

function gate({ state }: BulksmsServerParts): RequestHandler {
  return (request, response, next) => {
    const credentials = /^Basic (\S+)$/.exec(request.get('authorization') ?? '')?.[1] ?? ''
    const given = Buffer.from(credentials, 'base64').toString('utf8')
    const token = state.tokens.find(({ id, secret }) => given === `${id}:${secret}`)
    if (!token) throw unauthorized()
    noteCaller(response, token.id)
    if (hasBodyOtherThan(request, 'application/json')) {
      throw badRequest('Content-Type must be application/json')
    }
    next()
  }
}

function createAnswers({ behaviour }: BulksmsServerParts) {
  /** Text goes as it is: some answers are empty, and some errors are pages. */
  function answer(response: Response, status: number, body: unknown): void {
    const text = typeof body === 'string' ? body : wireJson(body, behaviour.idsAs)
    sendAnswered(response, status, { send: () => response.type('json').send(text), broken: '[{"id": ' })
  }

  const answerFault = (response: Response, status: number, body: unknown) =>
    answer(response, status, body === undefined ? '<html>A fault of the stand-in</html>' : body)

  const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    if (error instanceof BulksmsProblem) return answer(response, error.status, error.body)
    const isBodyError = error instanceof Error && 'type' in error
    const { status, body } = badRequest('The content is not valid')
    answer(response, isBodyError ? status : 500, isBodyError ? body : '')
  }

  return { answer, answerFault, answerError }
}
