import { AxiosError, type AxiosAdapter, AxiosHeaders, type InternalAxiosRequestConfig } from 'axios'
import type { ErrorCode } from '../../shared/error-codes.ts'

export type Call = {
  method: string
  path: string
  params: Record<string, unknown>
  body: unknown
  token: string | undefined
  idempotencyKey: string | undefined
  signal: InternalAxiosRequestConfig['signal']
}

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> }
export type Handler = (call: Call) => Answer | Promise<Answer>

export const ok = (body: unknown, status = 200): Answer => ({ status, body })

export function failure(code: ErrorCode, status: number, details?: unknown, headers = {}): Answer {
  return { status, headers, body: { error: { code, message: code, requestId: 'req_test', details } } }
}

/** An answer that arrives when the test says so. */
export function heldAnswer<Answer>(answer: Answer) {
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    handler: async () => {
      await promise
      return answer
    },
    release: () => resolve(),
  }
}

/** Thrown by a handler: the request left, no answer came back. */
export class ConnectionLost extends Error {}

function toCall(config: InternalAxiosRequestConfig): Call {
  const headers = AxiosHeaders.from(config.headers)
  const header = (name: string) => {
    const value = headers.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const data: unknown = config.data
  return {
    method: (config.method ?? 'get').toUpperCase(),
    path: config.url ?? '',
    params: { ...config.params },
    body: typeof data === 'string' ? JSON.parse(data) : data,
    token: header('Authorization')?.replace('Bearer ', ''),
    idempotencyKey: header('Idempotency-Key'),
    signal: config.signal,
  }
}

/**
 * The server as the page sees it, in the place of the network: `on('GET /api/tags', handler)`.
 * A later handler for the same call wins; a call nobody expects fails the test by its words.
 */
export function createFakeServer() {
  const handlers: { method: string; pattern: RegExp; handler: Handler }[] = []
  const calls: Call[] = []

  function on(route: string, answer: Answer | Handler): void {
    const [method = '', path = ''] = route.split(' ')
    const handler: Handler = typeof answer === 'function' ? answer : () => answer
    handlers.unshift({ method, pattern: new RegExp(`^${path.replaceAll(':id', '[^/]+')}$`), handler })
  }

  const adapter: AxiosAdapter = async (config) => {
    const call = toCall(config)
    calls.push(call)
    const found = handlers.find(({ method, pattern }) => method === call.method && pattern.test(call.path))
    if (!found) throw new Error(`No answer is prepared for ${call.method} ${call.path}`)
    const answer = await Promise.resolve(found.handler(call)).catch((thrown: unknown) => {
      if (thrown instanceof ConnectionLost) throw new AxiosError('lost', AxiosError.ERR_NETWORK, config)
      throw thrown
    })
    const response = {
      data: answer.body,
      status: answer.status,
      statusText: '',
      headers: answer.headers ?? {},
      config,
    }
    if (answer.status < 400) return response
    throw new AxiosError('refused', AxiosError.ERR_BAD_REQUEST, config, undefined, response)
  }

  return {
    adapter,
    calls,
    on,
    /** Calls to a route so far. */
    callsTo: (route: string) => calls.filter((call) => `${call.method} ${call.path}` === route),
  }
}

export type FakeServer = ReturnType<typeof createFakeServer>
