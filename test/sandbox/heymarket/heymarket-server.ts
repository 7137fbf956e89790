import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express'
import type { RecordedCall } from '../call-recorder.ts'
import type { Fault } from '../fault-injector.ts'
import { createHeymarketContactEndpoints } from './heymarket-contact-endpoints.ts'
import { badData, checkHeymarketJwt, createHeymarketLimiter, HeymarketRefusal } from './heymarket-gate.ts'
import { createHeymarketMessageEndpoints } from './heymarket-message-endpoints.ts'
import type { HeymarketParts } from './heymarket-parts.ts'
import { createHeymarketTeamEndpoints } from './heymarket-team-endpoints.ts'

/** On loopback only. */
export async function listenAsHeymarket(
  parts: HeymarketParts,
  port: number,
): Promise<{ port: number; closeServer: () => void }> {
  const server = createServer(createHeymarketApp(parts))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The stand-in Heymarket has no port')
  const closeServer = () => {
    server.closeAllConnections()
    server.close()
  }
  return { port: address.port, closeServer }
}

/** Record, fault, gate, endpoint, answer. */
function createHeymarketApp(parts: HeymarketParts): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.use((_request, response, next) => {
    response.set('X-Request-Id', randomUUID())
    next()
  })
  app.use(express.json({ limit: '1mb', strict: false }))
  app.use(recordAndFault(parts))
  app.use(gate(parts))
  const endpoints = [
    ...createHeymarketTeamEndpoints(parts),
    ...createHeymarketMessageEndpoints(parts),
    ...createHeymarketContactEndpoints(parts),
  ]
  for (const { method, path, handle } of endpoints) {
    app.all(path, (request, response, next) => {
      if (request.method !== method) return next()
      const params = Object.fromEntries(
        Object.entries(request.params).filter(
          (pair): pair is [string, string] => typeof pair[1] === 'string',
        ),
      )
      answer(response, 200, handle({ params, query: request.query, body: request.body }))
    })
  }
  app.use(() => {
    throw new HeymarketRefusal(404, 'not found')
  })
  app.use(answerError)
  return app
}

function recordAndFault({ faults, calls, clock, tokens }: HeymarketParts): RequestHandler {
  return async (request, response, next) => {
    const token = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1]
    if (token) tokens.add(token)
    const call: RecordedCall = {
      method: request.method,
      path: request.path,
      query: { ...request.query },
      status: null,
      version: null,
      tokenOwner: null,
      body: request.body,
      at: new Date(clock.now()).toISOString(),
    }
    calls.push(call)
    const fault = faults.take(call)
    response.locals['call'] = call
    if (fault?.delayMs) await pause(fault.delayMs, undefined, { ref: false })
    if (fault?.reset) {
      request.socket.resetAndDestroy()
    } else if (fault?.status !== undefined) {
      response.set(fault.headers ?? {})
      answer(response, fault.status, fault.body ?? 'a fault of the stand-in')
    } else {
      response.locals['fault'] = fault
      next()
    }
  }
}

function gate({ state, clock, behaviour }: HeymarketParts): RequestHandler {
  const limiter = createHeymarketLimiter(clock.now, behaviour)
  return (request, response, next) => {
    const secretId = checkHeymarketJwt(request.get('authorization'), state, clock.now())
    const call: RecordedCall | undefined = response.locals['call']
    if (call) call.tokenOwner = secretId
    limiter.count(secretId)
    if (Number(request.get('content-length') ?? 0) > 0 && !request.is('application/json')) {
      throw badData('content type')
    }
    next()
  }
}

/** Texts, too, go as JSON: `"success"`. */
function answer(response: Response, status: number, body: unknown): void {
  const call: RecordedCall | undefined = response.locals['call']
  const fault: Fault | undefined = response.locals['fault']
  if (call) call.status = status
  if (fault?.loseAnswer) response.socket?.resetAndDestroy()
  else if (fault?.malformed) response.status(status).type('json').send('{"id": ')
  else response.status(status).json(body)
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  if (error instanceof HeymarketRefusal) return answer(response, error.status, error.body)
  const isBodyError = error instanceof Error && 'type' in error
  answer(response, isBodyError ? 400 : 500, isBodyError ? 'bad_data' : 'server fault')
}
