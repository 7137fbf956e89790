import axios, {
  AxiosError,
  CanceledError,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { type Dispatcher, Pool } from 'undici'
import { inTime } from '../bounded-call.ts'
import { createSocketWarmer } from './socket-warmer.ts'

/** An idle connection that is dropped costs the next click three round trips. */
const keepAliveMs = 300_000
const connectTimeoutMs = 5_000
/** What is not answered by then, once there is no more to send, is cut off. */
const closeWithinMs = 500
/** As many calls at once as a page makes at most find an open socket. */
const warmSockets = 24
/** No dot segment, no query, nothing to encode. */
const plainPath = /^(\/[\w%~-]+)+\/?$/

/**
 * No answer came. `requestWritten` tells whether any byte of the request can have reached the platform. The request
 * itself, which holds the token, stays out of it.
 */
export class TransportError extends AxiosError {
  readonly requestWritten: boolean

  constructor(cause: Error, requestWritten: boolean) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : AxiosError.ERR_NETWORK
    super('no answer from the platform', code)
    this.name = 'TransportError'
    this.cause = cause
    this.requestWritten = requestWritten
  }
}

/**
 * axios over undici's dispatcher: axios' own transport costs two to three times as much. Redirects are not followed.
 * HTTP/1.1 alone, for undici sends writes over HTTP/2 one after the other.
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/Dispatcher.md
 */
export function createUndiciAdapter({ baseUrl }: { baseUrl: string }) {
  const base = new URL(baseUrl)
  const basePath = base.pathname.replace(/\/+$/, '')
  const pool = new Pool(base.origin, {
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const warmer = createSocketWarmer({
    pool,
    path: `${basePath}/`,
    sockets: warmSockets,
    now: () => performance.now(),
  })
  const adapter: AxiosAdapter = async (config) => {
    warmer.used()
    return settle(await exchange(pool, basePath + pathOf(config), config))
  }
  return {
    adapter,
    /** From now on sockets are held open. Resolves once the first are. */
    keepWarm: () => warmer.start(),
    async close(): Promise<void> {
      warmer.stop()
      await inTime(pool.close(), closeWithinMs).catch(() => pool.destroy())
    },
  }
}

/** Parsed as an address where it could be read in more ways than one. */
function pathOf(config: InternalAxiosRequestConfig): string {
  if (config.params === undefined && config.url !== undefined && plainPath.test(config.url)) return config.url
  const { pathname, search } = new URL(axios.getUri({ ...config, baseURL: 'http://platform' }))
  return pathname + search
}

/** Holds an answer until it is whole. */
function exchange(pool: Pool, path: string, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<AxiosResponse>()
  let controller: Dispatcher.DispatchController | undefined
  let refusal: Error | undefined
  const chunks: Buffer[] = []
  let size = 0
  let head: Pick<AxiosResponse, 'status' | 'statusText' | 'headers'> = {
    status: 0,
    statusText: '',
    headers: {},
  }

  const fail = (cause: Error) => {
    stop()
    const cancelled = cause instanceof CanceledError
    reject(cancelled ? cause : new TransportError(cause, controller !== undefined))
  }
  /** Also ends a request that still waits for a connection: it is then dropped before it is written. */
  const abort = (cause: Error) => {
    refusal ??= cause
    controller?.abort(refusal)
    fail(refusal)
  }
  const stop = watchForEnd(config, abort)

  pool.dispatch(
    {
      path,
      method: (config.method ?? 'get').toUpperCase() as Dispatcher.HttpMethod,
      headers: Object.entries(config.headers.toJSON()).flatMap(([name, value]) => [name, String(value)]),
      body: bodyOf(config.data),
    },
    {
      onRequestStart(started) {
        if (refusal) return started.abort(refusal)
        controller = started
      },
      onResponseStart(_controller, status, headers, statusText = '') {
        head = { status, statusText, headers }
      },
      onResponseData(_controller, chunk) {
        size += chunk.length
        if (
          config.maxContentLength !== undefined &&
          config.maxContentLength >= 0 &&
          size > config.maxContentLength
        ) {
          return abort(new Error('the answer is larger than allowed'))
        }
        chunks.push(chunk)
      },
      onResponseEnd() {
        stop()
        resolve({ ...head, data: Buffer.concat(chunks).toString('utf8'), config, request: null })
      },
      onResponseError: (_controller, error) => fail(refusal ?? error),
    },
  )
  return promise
}

function bodyOf(data: unknown): string | Buffer | null {
  if (data === undefined || data === null) return null
  if (typeof data === 'string' || Buffer.isBuffer(data)) return data
  throw new TypeError('a body must be serialised before it reaches the transport')
}

/** Calls back on the call's timeout and on its signal. @returns how to stop watching */
function watchForEnd(config: InternalAxiosRequestConfig, onEnd: (cause: Error) => void): () => void {
  const signal = config.signal
  const onAbort = () => onEnd(new CanceledError(undefined, config))
  const timer = config.timeout
    ? setTimeout(
        () => onEnd(Object.assign(new Error('timeout'), { code: AxiosError.ETIMEDOUT })),
        config.timeout,
      )
    : undefined
  signal?.addEventListener?.('abort', onAbort)
  if (signal?.aborted) queueMicrotask(onAbort)
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener?.('abort', onAbort)
  }
}

function settle(response: AxiosResponse): AxiosResponse {
  const { status, config } = response
  if (!config.validateStatus || config.validateStatus(status)) return response
  const code = status >= 500 ? AxiosError.ERR_BAD_RESPONSE : AxiosError.ERR_BAD_REQUEST
  throw new AxiosError(`the platform answered ${status}`, code, config, null, response)
}
