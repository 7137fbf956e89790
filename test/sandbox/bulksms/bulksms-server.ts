import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express'
import type { RecordedCall } from '../call-recorder.ts'
import type { Fault, FaultInjector } from '../fault-injector.ts'
import {
  type BulksmsEndpointParts,
  createAccountEndpoints,
  createMessageEndpoints,
  createWebhookEndpoints,
} from './bulksms-endpoints.ts'
import { badRequest, BulksmsProblem, notFound, unauthorized } from './bulksms-problem.ts'
import { wireJson } from './bulksms-shapes.ts'

export type BulksmsServerParts = BulksmsEndpointParts & { faults: FaultInjector; calls: RecordedCall[] }

/** On loopback only. */
export async function listenAsBulksms(
  parts: BulksmsServerParts,
  port: number,
): Promise<{ port: number; closeServer: () => void }> {
  const app = express()
  app.disable('x-powered-by')
  app.use('/v1', createBulksmsApi(parts))
  const server = createServer(app)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The stand-in BulkSMS has no port')
  const closeServer = () => {
    server.closeAllConnections()
    server.close()
  }
  return { port: address.port, closeServer }
}

/** Record, fault, gate, endpoint, answer. The paths of calls and faults are those below `/v1`. */
function createBulksmsApi(parts: BulksmsServerParts): express.Router {
  const routes = express.Router()
  const { answer, answerError } = createAnswers(parts)
  routes.use(express.json({ limit: '5mb' }))
  routes.use(recordAndFault(parts, answer))
  routes.use(gate(parts))
  const endpoints = [
    ...createMessageEndpoints(parts),
    ...createWebhookEndpoints(parts),
    ...createAccountEndpoints(parts),
  ]
  for (const { method, path, handle } of endpoints) {
    routes.all(path, async (request, response, next) => {
      if (request.method !== method) return next()
      const params = Object.fromEntries(
        Object.entries(request.params).filter(
          (pair): pair is [string, string] => typeof pair[1] === 'string',
        ),
      )
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

function recordAndFault(
  { faults, calls, now }: BulksmsServerParts,
  answer: (response: Response, status: number, body: unknown) => void,
): RequestHandler {
  return async (request, response, next) => {
    const call: RecordedCall = {
      method: request.method,
      path: request.path,
      query: { ...request.query },
      status: null,
      version: null,
      tokenOwner: null,
      body: request.body,
      at: new Date(now()).toISOString(),
    }
    calls.push(call)
    const fault = faults.take(call)
    response.locals['call'] = call
    if (fault?.delayMs) await pause(fault.delayMs, undefined, { ref: false })
    if (fault?.reset) {
      request.socket.resetAndDestroy()
    } else if (fault?.status !== undefined) {
      response.set(fault.headers ?? {})
      answer(response, fault.status, fault.body ?? '<html>A fault of the stand-in</html>')
    } else {
      response.locals['fault'] = fault
      next()
    }
  }
}

function gate({ state }: BulksmsServerParts): RequestHandler {
  return (request, response, next) => {
    const credentials = /^Basic (\S+)$/.exec(request.get('authorization') ?? '')?.[1] ?? ''
    const given = Buffer.from(credentials, 'base64').toString('utf8')
    const token = state.tokens.find(({ id, secret }) => given === `${id}:${secret}`)
    if (!token) throw unauthorized()
    const call: RecordedCall | undefined = response.locals['call']
    if (call) call.tokenOwner = token.id
    if (Number(request.get('content-length') ?? 0) > 0 && !request.is('application/json')) {
      throw badRequest('Content-Type must be application/json')
    }
    next()
  }
}

function createAnswers({ behaviour }: BulksmsServerParts) {
  /** Text goes as it is: some answers are empty, and some errors are pages. */
  function answer(response: Response, status: number, body: unknown): void {
    const call: RecordedCall | undefined = response.locals['call']
    const fault: Fault | undefined = response.locals['fault']
    if (call) call.status = status
    if (fault?.loseAnswer) {
      response.socket?.resetAndDestroy()
      return
    }
    const text = typeof body === 'string' ? body : wireJson(body, behaviour.idsAs)
    response
      .status(status)
      .type('json')
      .send(fault?.malformed ? '[{"id": ' : text)
  }

  const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    if (error instanceof BulksmsProblem) return answer(response, error.status, error.body)
    const isBodyError = error instanceof Error && 'type' in error
    const { status, body } = badRequest('The content is not valid')
    answer(response, isBodyError ? status : 500, isBodyError ? body : '')
  }

  return { answer, answerError }
}
