import { type ClientRequest, type IncomingMessage, request as requestByHttp } from 'node:http'
import { request as requestByHttps, type RequestOptions } from 'node:https'
import axios from 'axios'
import { retryAfterMs } from '../retry-after.ts'

export type ProviderCall = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the base URL, from its slash on; parts of it that are not ours are encoded by the caller. */
  path: string
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Goes as JSON. */
  body?: unknown
}

export type ProviderAnswer = {
  status: number
  /** As it came: an id may be longer than JavaScript's numbers, an error may be a page. */
  text: string
  retryAfterMs: number | null
  /** The system's own id of the call, where it tells one. */
  requestId: string | null
}

export type ProviderHttp = ReturnType<typeof createProviderHttp>

/** No whole answer came. `wasWritten` tells whether any byte of the request can have reached the other system. */
export class ProviderTransportError extends Error {
  readonly wasWritten: boolean

  /** @param code of the failure under it; the failure itself holds the credentials and stays out */
  constructor(wasWritten: boolean, code: string) {
    super(`no answer from the other system (${code})`)
    this.name = 'ProviderTransportError'
    this.wasWritten = wasWritten
  }
}

/** An answer that is no success, as the cause of what it means to us. */
export class ProviderAnswerError extends Error {
  /** What the system's support asks for. */
  readonly upstreamRequestId: string | null

  constructor(system: string, { status, requestId }: Pick<ProviderAnswer, 'status' | 'requestId'>) {
    super(`${system} answered ${status}`)
    this.name = 'ProviderAnswerError'
    this.upstreamRequestId = requestId
  }
}

const defaultTimeoutMs = 15_000
const maxAnswerBytes = 10_000_000

/**
 * The way out to a system that carries texts. It repeats nothing and sorts nothing: each adapter knows what its system
 * means. Sockets are those of the process, kept alive by Node.
 */
export function createProviderHttp(parts: {
  baseUrl: string
  /** The header's value, asked for at each call. */
  authorization: () => string
  timeoutMs?: number
}) {
  const baseUrl = parts.baseUrl.replace(/\/+$/, '')
  const timeoutMs = parts.timeoutMs ?? defaultTimeoutMs

  return {
    /** @throws {ProviderTransportError} when no answer came; any answer that did, an error too, is returned */
    async exchange(call: ProviderCall): Promise<ProviderAnswer> {
      const transport = createWatchedTransport()
      try {
        const { status, headers, data } = await axios.request<string>({
          method: call.method,
          url: baseUrl + call.path,
          params: new URLSearchParams(presentEntries(call.query ?? {})),
          headers: headersFor(parts.authorization(), call.body !== undefined),
          ...(call.body === undefined ? {} : { data: JSON.stringify(call.body) }),
          adapter: 'http',
          transport,
          proxy: false,
          maxRedirects: 0,
          maxContentLength: maxAnswerBytes,
          signal: AbortSignal.timeout(timeoutMs),
          responseType: 'text',
          transformResponse: [],
          transformRequest: [],
          validateStatus: () => true,
        })
        return {
          status,
          text: data,
          retryAfterMs: retryAfterMs(headers, Date.now()) ?? null,
          requestId: requestIdOf(headers),
        }
      } catch (error) {
        throw new ProviderTransportError(transport.wasWritten(), codeOf(error))
      }
    },
  }
}

function presentEntries(query: NonNullable<ProviderCall['query']>): [string, string][] {
  return Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
}

const headersFor = (authorization: string, hasBody: boolean): Record<string, string> => ({
  Accept: 'application/json',
  'User-Agent': 'wrapup',
  Authorization: authorization,
  ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
})

/** Node's own transport, which also notes when the request can have left: at once on an open socket. */
function createWatchedTransport() {
  let isWritten = false
  return {
    wasWritten: () => isWritten,
    request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
      const isSecure = options.protocol === 'https:'
      const request = (isSecure ? requestByHttps : requestByHttp)(options, onAnswer)
      request.once('socket', (socket) => {
        if (!socket.connecting) isWritten = true
        else socket.once(isSecure ? 'secureConnect' : 'connect', () => (isWritten = true))
      })
      return request
    },
  }
}

const requestIdHeaders = ['x-request-id', 'request-id', 'x-correlation-id']

function requestIdOf(headers: Readonly<Record<string, unknown>>): string | null {
  const id = requestIdHeaders.map((name) => headers[name]).find((value) => typeof value === 'string')
  return typeof id === 'string' && /^[\w.:-]{1,100}$/.test(id) ? id : null
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
