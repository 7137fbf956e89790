import { type ApiError, toApiError } from './api-error.ts'

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  params?: Record<string, string | number | undefined>
  data?: unknown
  idempotencyKey?: string
  signal?: AbortSignal | undefined
}

/** Sends a request and answers its body; throws `ApiError`. */
export type Http = <Answer>(request: HttpRequest) => Promise<Answer>

/** The same, with the token to send where there is one. */
export type Transport = <Answer>(request: HttpRequest, token?: string) => Promise<Answer>

/** What a call needs of the session; the token never leaves memory. */
export type SessionTokens = {
  /** A usable token; waits for the handshake where there is none yet. */
  current(): Promise<string>
  /** A token other than the rejected one: one handshake serves all who wait. */
  renew(rejectedToken: string): Promise<string>
  /** The session cannot go on: the connection is lost or the sub-account is suspended. */
  lose(error: ApiError): void
}

/** Codes after which a fresh handshake may help. */
const renewable: ReadonlySet<string> = new Set(['unauthenticated', 'session_expired', 'reconnect_required'])

/**
 * Sends something within the session. A refused token, and a connection said to be lost, lead to one new handshake and
 * one repeat: neither was done by the server, so a repeat doubles nothing.
 */
export function createSessionCall(session: SessionTokens) {
  async function repeat<Result>(send: (token: string) => Promise<Result>, rejected: string): Promise<Result> {
    const token = await session.renew(rejected)
    try {
      return await send(token)
    } catch (thrown) {
      const error = toApiError(thrown)
      if (error.code === 'reconnect_required') session.lose(error)
      throw error
    }
  }

  return async <Result>(send: (token: string) => Promise<Result>): Promise<Result> => {
    const token = await session.current()
    try {
      return await send(token)
    } catch (thrown) {
      const error = toApiError(thrown)
      if (renewable.has(error.code)) return repeat(send, token)
      if (error.code === 'location_suspended') session.lose(error)
      throw error
    }
  }
}

/** Calls within the session. */
export function createHttp(transport: Transport, session: SessionTokens): Http {
  const call = createSessionCall(session)
  return <Answer>(request: HttpRequest) => call((token) => transport<Answer>(request, token))
}
