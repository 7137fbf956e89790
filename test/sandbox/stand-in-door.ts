import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Request, RequestHandler, Response } from 'express'
import type { RecordedCall } from './call-recorder.ts'
import type { Fault, FaultInjector } from './fault-injector.ts'

/** On loopback only: whoever reaches it may pull every lever. */
export async function listenOnLoopback(
  app: RequestListener,
  port: number,
): Promise<{ port: number; closeServer: () => void }> {
  const server = createServer(app)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The stand-in has no port')
  const closeServer = () => {
    server.closeAllConnections()
    server.close()
  }
  return { port: address.port, closeServer }
}

/** Keeps a record of each call, and does what a fault says of it. */
export function recordAndFault(parts: {
  faults: FaultInjector
  calls: RecordedCall[]
  now: () => number
  /** What more is known of a call before it is let in. */
  describe?: (request: Request) => Partial<RecordedCall>
  /** Sends what a fault answers in the place of the API; without a body, one of its own. */
  answerFault: (response: Response, status: number, body: unknown) => void
}): RequestHandler {
  const { faults, calls, now, describe, answerFault } = parts
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
      ...describe?.(request),
    }
    calls.push(call)
    response.locals['call'] = call
    const fault = faults.take(call)
    if (fault?.delayMs) await pause(fault.delayMs, undefined, { ref: false })
    if (fault?.reset) {
      request.socket.resetAndDestroy()
    } else if (fault?.status !== undefined) {
      response.set(fault.headers ?? {})
      answerFault(response, fault.status, fault.body)
    } else {
      response.locals['fault'] = fault
      next()
    }
  }
}

/** Once it is known whose credentials a call has. */
export function noteCaller(response: Response, owner: string): void {
  const call: RecordedCall | undefined = response.locals['call']
  if (call) call.tokenOwner = owner
}

/** The one way out: notes the answer, then sends it, unless a fault loses or breaks it. */
export function sendAnswered(
  response: Response,
  status: number,
  { send, broken }: { send: () => void; broken: string },
): void {
  const call: RecordedCall | undefined = response.locals['call']
  const fault: Fault | undefined = response.locals['fault']
  if (call) call.status = status
  response.status(status)
  if (fault?.loseAnswer) response.socket?.resetAndDestroy()
  else if (fault?.malformed) response.type('json').send(broken)
  else send()
}

/** Of the path, each by its name. */
export function pathParams({ params }: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}

/** Whether there is a body, and it says that it is something else. */
export const hasBodyOtherThan = (request: Request, contentType: string): boolean =>
  Number(request.get('content-length') ?? 0) > 0 && !request.is(contentType)
