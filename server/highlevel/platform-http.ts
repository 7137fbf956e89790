import { AxiosHeaders, create as createAxios, type AxiosInstance, type AxiosResponse } from 'axios'
import { outOfTime, remainingBudgetMs } from './call-budget.ts'
import { outcomeUnknown, upstreamUnavailable } from './platform-errors.ts'
import { createRequestPacer, tooManyCalls } from './request-pacer.ts'
import { type AttemptOutcome, minAttemptMs, retryDelayMs } from './retry-policy.ts'
import { createUndiciAdapter, TransportError } from './undici-adapter.ts'

/** What of the platform's version a call is written against; a constant per endpoint. */
export type ApiVersion = '2021-07-28' | '2021-04-15'

export type PlatformCall = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the API's origin, made by `platformPath`. */
  path: string
  query?: Record<string, string | number | boolean | undefined>
  /** A plain object goes as JSON, `URLSearchParams` as a form. */
  body?: object
  version?: ApiVersion
  token?: string
  /** A read may be repeated at will; a write only when it provably did not happen. */
  effect: 'read' | 'write'
  /** Whose budget of calls this counts on; unset: nobody's. */
  paceKey?: string
}

/** Any answer but 429, successful or not. */
export type PlatformAnswer = { status: number; body: unknown }

export type PlatformHttp = ReturnType<typeof createPlatformHttp>

type Attempt =
  | { outcome: Extract<AttemptOutcome, { kind: 'answered' }>; response: AxiosResponse<unknown> }
  | { outcome: Exclude<AttemptOutcome, { kind: 'answered' }>; error: unknown }

const timeoutMs = { read: 8_000, write: 12_000 }
const maxAnswerBytes = 10_000_000

/**
 * The one way out to the platform: timeouts within the request's time, the pace, and retries of what may be repeated.
 * Knows nothing of whose tokens there are.
 */
export function createPlatformHttp(parts: { baseUrl: string; random?: () => number }) {
  const random = parts.random ?? Math.random
  const { adapter, close } = createUndiciAdapter()
  const pacer = createRequestPacer({ now: () => performance.now() })
  const instance = createAxios({
    adapter,
    baseURL: parts.baseUrl,
    maxRedirects: 0,
    maxContentLength: maxAnswerBytes,
    headers: { common: { Accept: 'application/json', 'User-Agent': 'wrapup' } },
    validateStatus: () => true,
  })

  async function attempt(call: PlatformCall): Promise<Attempt> {
    const { paceKey } = call
    const release =
      paceKey === undefined ? undefined : await pacer.acquire(paceKey, remainingBudgetMs() - minAttemptMs)
    try {
      const response = await send(instance, call)
      if (paceKey !== undefined) obeyPace(paceKey, response)
      return { outcome: { kind: 'answered', status: response.status }, response }
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      return { outcome: { kind: error.requestWritten ? 'lost' : 'not_sent' }, error }
    } finally {
      release?.()
    }
  }

  function obeyPace(paceKey: string, response: AxiosResponse): void {
    const max = positiveHeader(response, 'x-ratelimit-max')
    const intervalMs = positiveHeader(response, 'x-ratelimit-interval-milliseconds')
    pacer.learn(paceKey, {
      ...(max === undefined ? {} : { max }),
      ...(intervalMs === undefined ? {} : { intervalMs }),
    })
    if (response.status === 429) pacer.pause(paceKey, retryAfterMs(response))
  }

  /**
   * @throws {AppError} `rate_limited`, `upstream_unavailable` (provably not done, or a read without an answer),
   * `outcome_unknown` (a write without an answer)
   */
  async function exchange(call: PlatformCall): Promise<PlatformAnswer> {
    for (let attempts = 1; ; attempts += 1) {
      const made = await attempt(call)
      const delayMs = retryDelayMs({
        effect: call.effect,
        outcome: made.outcome,
        attempts,
        remainingMs: remainingBudgetMs(),
        random: random(),
      })
      if (delayMs === undefined) return conclude(call, made)
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    }
  }

  function conclude(call: PlatformCall, made: Attempt): PlatformAnswer {
    if (!('response' in made)) {
      throw made.outcome.kind === 'lost' && call.effect === 'write'
        ? outcomeUnknown(made.error)
        : upstreamUnavailable(made.error)
    }
    const { response } = made
    if (response.status === 429) {
      const waitMs = call.paceKey === undefined ? undefined : pacer.expectedWaitMs(call.paceKey)
      throw tooManyCalls(waitMs ?? retryAfterMs(response) ?? 1000)
    }
    return { status: response.status, body: response.data }
  }

  return { exchange, close }
}

async function send(instance: AxiosInstance, call: PlatformCall): Promise<AxiosResponse<unknown>> {
  const timeout = Math.floor(Math.min(timeoutMs[call.effect], remainingBudgetMs()))
  if (timeout < 1) throw outOfTime()
  const headers = new AxiosHeaders()
  if (call.version !== undefined) headers.set('Version', call.version)
  if (call.token !== undefined) headers.set('Authorization', `Bearer ${call.token}`)
  return instance.request<unknown>({
    method: call.method,
    url: call.path,
    headers,
    timeout,
    ...(call.query ? { params: call.query } : {}),
    ...(call.body ? { data: call.body } : {}),
  })
}

function positiveHeader(response: AxiosResponse, name: string): number | undefined {
  const value = Number(response.headers[name])
  return Number.isInteger(value) && value > 0 ? value : undefined
}

/** `Retry-After` in its form in seconds; the platform documents none, so anything else counts as absent. */
function retryAfterMs(response: AxiosResponse): number | undefined {
  const seconds = Number(response.headers['retry-after'] ?? NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}
