import { type AxiosAdapter, AxiosError, create, isAxiosError, isCancel } from 'axios'
import { ApiError, fromErrorBody, toApiError } from './api-error.ts'
import type { HttpRequest } from './session-http.ts'

/** The server answers within 30 s; a little more covers the way. */
const timeoutMs = 35_000

/** Without a connection before and after, and refused by the network: the request never left. */
function isOffline(thrown: AxiosError, wasOffline: boolean): boolean {
  return wasOffline && !navigator.onLine && thrown.code === AxiosError.ERR_NETWORK
}

function fromAxios(thrown: unknown, wasOffline: boolean): ApiError {
  if (isCancel(thrown)) return new ApiError({ code: 'cancelled', cause: thrown })
  if (!isAxiosError<unknown>(thrown)) return toApiError(thrown)
  if (!thrown.response) {
    return new ApiError({ code: isOffline(thrown, wasOffline) ? 'offline' : 'no_answer', cause: thrown })
  }
  return fromErrorBody(thrown.response.data, thrown.response.headers['retry-after'], thrown)
}

/** The way to the server; another adapter than the browser's stands in for it in tests. */
export function createTransport(adapter?: AxiosAdapter) {
  const client = create({ timeout: timeoutMs, ...(adapter ? { adapter } : {}) })
  return async <Answer>(request: HttpRequest, token?: string): Promise<Answer> => {
    const { idempotencyKey, signal, ...config } = request
    const wasOffline = !navigator.onLine
    try {
      const { data } = await client.request<Answer>({
        ...config,
        ...(signal ? { signal } : {}),
        headers: {
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(idempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {}),
        },
      })
      return data
    } catch (thrown) {
      throw fromAxios(thrown, wasOffline)
    }
  }
}
