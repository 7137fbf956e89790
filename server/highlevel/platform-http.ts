import { type AxiosAdapter, AxiosHeaders, type AxiosResponse } from 'axios'
import { currentContext } from '../request-context.ts'
import { retryAfterMs } from '../retry-after.ts'
import { outOfTime, remainingBudgetMs } from './call-budget.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { paceNewsOf } from './pace-headers.ts'
import type { PaceStore } from './pace-sync.ts'
import { outcomeUnknown, upstreamUnavailable } from './platform-errors.ts'
import { createRequestPacer, type Priority, tooManyCalls } from './request-pacer.ts'
import { type AttemptOutcome, isProvablyUndone, minAttemptMs, retryDelayMs } from './retry-policy.ts'
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
  /** Told before `exchange` ends when the platform may have acted, whatever becomes of the call. */
  mayHaveHappened?: () => void
}

/** Any answer but 429, successful or not. */
export type PlatformAnswer = { status: number; body: unknown }

export type PlatformHttp = ReturnType<typeof createPlatformHttp>

type Attempt =
  | { outcome: Extract<AttemptOutcome, { kind: 'answered' }>; response: AxiosResponse<string> }
  | { outcome: Exclude<AttemptOutcome, { kind: 'answered' }>; error: unknown }

export type ObservedCall = { method: string; outcome: string; durationMs: number }

export type PlatformHttpParts = {
  baseUrl: string
  random?: () => number
  /** Where the processes that share the platform's limits agree; default: this process is alone. */
  paceStore?: PaceStore
  onPaceStoreFailure?: (error: unknown) => void
  /** Told of each try; `outcome` is the class of the status, 429 by itself, or why there was no answer. */
  observe?: ((call: ObservedCall) => void) | undefined
}

const timeoutMs = { read: 8_000, write: 12_000 }
/** For work that has no end of its own. */
const maxPaceWaitMs = 300_000
const maxAnswerBytes = 10_000_000

/**
 * The one way out to the platform: timeouts within the request's time, the pace, and retries of what may be repeated.
 * Knows nothing of whose tokens there are.
 */
export function createPlatformHttp(parts: PlatformHttpParts) {
  const random = parts.random ?? Math.random
  const steadyNow = () => performance.now()
  const transport = createUndiciAdapter({ baseUrl: parts.baseUrl })
  const breaker = createCircuitBreaker({ now: steadyNow })
  const pacer = createRequestPacer({
    now: steadyNow,
    ...(parts.paceStore ? { store: parts.paceStore } : {}),
    ...(parts.onPaceStoreFailure ? { onStoreFailure: parts.onPaceStoreFailure } : {}),
  })
  async function attempt(call: PlatformCall): Promise<Attempt> {
    const { paceKey } = call
    refuseInOutage()
    if (paceKey === undefined) return breaker.run(paceKey, () => transmit(call))
    const maxWaitMs = Math.min(remainingBudgetMs() - minAttemptMs, maxPaceWaitMs)
    const complete = await pacer.acquire(paceKey, maxWaitMs, currentPriority())
    try {
      refuseInOutage()
      return await breaker.run(paceKey, () => transmit(call))
    } finally {
      complete()
    }
  }

  /** What is refused here was provably not sent. */
  function refuseInOutage(): void {
    const forMs = breaker.refusedForMs()
    if (forMs !== undefined) throw upstreamUnavailable(undefined, forMs)
  }

  async function transmit(call: PlatformCall): Promise<Attempt> {
    const startedAt = steadyNow()
    const tell = (outcome: string) =>
      parts.observe?.({ method: call.method, outcome, durationMs: steadyNow() - startedAt })
    try {
      const response = await send(transport.adapter, call)
      tell(response.status === 429 ? '429' : `${Math.floor(response.status / 100)}xx`)
      if (call.paceKey !== undefined) obeyPace(call.paceKey, response)
      return { outcome: { kind: 'answered', status: response.status }, response }
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      const kind = error.requestWritten ? 'lost' : 'not_sent'
      tell(kind)
      return { outcome: { kind }, error }
    }
  }

  function obeyPace(paceKey: string, { status, headers }: AxiosResponse): void {
    pacer.learn(paceKey, paceNewsOf(headers))
    if (status === 429) pacer.pause(paceKey, retryAfterMs(headers, Date.now()))
  }

  /**
   * @throws {AppError} `rate_limited`, `upstream_unavailable` (provably not done, or a read without an answer),
   * `outcome_unknown` (a write without an answer)
   */
  async function exchange(call: PlatformCall): Promise<PlatformAnswer> {
    for (let attempts = 1; ; attempts += 1) {
      const made = await attempt(call)
      if (!isProvablyUndone(made.outcome)) call.mayHaveHappened?.()
      const delayMs = retryDelayMs({
        effect: call.effect,
        outcome: made.outcome,
        attempts,
        remainingMs: remainingBudgetMs(),
        retryAfterMs: 'response' in made ? retryAfterMs(made.response.headers, Date.now()) : undefined,
        isPaced: call.paceKey !== undefined,
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
      const waitMs =
        call.paceKey === undefined ? undefined : pacer.expectedWaitMs(call.paceKey, currentPriority())
      throw tooManyCalls(waitMs ?? retryAfterMs(response.headers, Date.now()) ?? 1000)
    }
    return { status: response.status, body: readBody(response.data) }
  }

  async function close(): Promise<void> {
    await Promise.all([pacer.close(), transport.close()])
  }

  return { exchange, keepWarm: transport.keepWarm, budget: pacer.budget, close }
}

const currentPriority = (): Priority => currentContext()?.priority ?? 'background'

/**
 * By axios' adapter alone: what axios does around it (merging defaults, interceptors, transforms) is unused here and
 * would cost more than the call.
 */
async function send(adapter: AxiosAdapter, call: PlatformCall): Promise<AxiosResponse<string>> {
  const timeout = Math.floor(Math.min(timeoutMs[call.effect], remainingBudgetMs()))
  if (timeout < 1) throw outOfTime()
  const headers: Record<string, string> = { Accept: 'application/json', 'User-Agent': 'wrapup' }
  if (call.version !== undefined) headers['Version'] = call.version
  if (call.token !== undefined) headers['Authorization'] = `Bearer ${call.token}`
  const isForm = call.body instanceof URLSearchParams
  if (call.body) headers['Content-Type'] = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  return adapter({
    method: call.method,
    url: call.path,
    headers: new AxiosHeaders(headers),
    timeout,
    maxContentLength: maxAnswerBytes,
    ...(call.query ? { params: call.query } : {}),
    ...(call.body ? { data: isForm ? call.body.toString() : JSON.stringify(call.body) } : {}),
  })
}

/** What is no JSON stays text: a gateway answers with a page. */
function readBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
