import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express'
import {
  hasBodyOtherThan,
  listenOnLoopback,
  noteCaller,
  pathParams,
  recordAndFault,
  sendAnswered,
} from '../stand-in-door.ts'
import { createHeymarketContactEndpoints } from './heymarket-contact-endpoints.ts'
import { badData, checkHeymarketJwt, createHeymarketLimiter, HeymarketRefusal } from './heymarket-gate.ts'
import { createHeymarketMessageEndpoints } from './heymarket-message-endpoints.ts'
import type { HeymarketParts } from './heymarket-parts.ts'
import { createHeymarketTeamEndpoints } from './heymarket-team-endpoints.ts'

export const listenAsHeymarket = (parts: HeymarketParts, port: number) =>
  listenOnLoopback(createHeymarketApp(parts), port)

/** Record, fault, gate, endpoint, answer. */
function createHeymarketApp(parts: HeymarketParts): express.Express {
  const { faults, calls, clock } = parts
  const app = express()
  app.disable('x-powered-by')
  app.use((_request, response, next) => {
    response.set('X-Request-Id', randomUUID())
    next()
  })
  app.use(express.json({ limit: '1mb', strict: false }))
  app.use(keepToken(parts))
  app.use(recordAndFault({ faults, calls, now: clock.now, answerFault }))
  app.use(gate(parts))
  const endpoints = [
    ...createHeymarketTeamEndpoints(parts),
    ...createHeymarketMessageEndpoints(parts),
    ...createHeymarketContactEndpoints(parts),
  ]
  for (const { method, path, handle } of endpoints) {
    app.all(path, (request, response, next) => {
      if (request.method !== method) return next()
      const params = pathParams(request)
      answer(response, 200, handle({ params, query: request.query, body: request.body }))
    })
  }
  app.use(() => {
    throw new HeymarketRefusal(404, 'not found')
  })
  app.use(answerError)
  return app
}

function keepToken({ tokens }: HeymarketParts): RequestHandler {
  return (request, _response, next) => {
    const token = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1]
    if (token) tokens.add(token)
    next()
  }
}

function gate({ state, clock, behaviour }: HeymarketParts): RequestHandler {
  const limiter = createHeymarketLimiter(clock.now, behaviour)
  return (request, response, next) => {
    const secretId = checkHeymarketJwt(request.get('authorization'), state, clock.now())
    noteCaller(response, secretId)
    limiter.count()
    if (hasBodyOtherThan(request, 'application/json')) throw badData('content type')
    next()
  }
}

/** Texts, too, go as JSON: `"success"`. */
function answer(response: Response, status: number, body: unknown): void {
  sendAnswered(response, status, { send: () => response.json(body), broken: '{"id": ' })
}

const answerFault = (response: Response, status: number, body: unknown) =>
  answer(response, status, body === undefined ? 'a fault of the stand-in' : body)

const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  if (error instanceof HeymarketRefusal) return answer(response, error.status, error.body)
  const isBodyError = error instanceof Error && 'type' in error
  answer(response, isBodyError ? 400 : 500, isBodyError ? 'bad_data' : 'server fault')
}
