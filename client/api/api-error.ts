import { type ErrorCode, errorStatus } from '../../shared/error-codes.ts'

/** The server's codes, and those only the page can know. */
export type FailureCode = ErrorCode | 'no_answer' | 'offline' | 'cancelled' | 'unexpected'

type ApiErrorParts = {
  code: FailureCode
  requestId?: string | undefined
  details?: unknown
  retryAfterSeconds?: number | undefined
  cause?: unknown
}

/** Every failed call of the page, whatever went wrong on the way. */
export class ApiError extends Error {
  readonly code: FailureCode
  readonly requestId: string | undefined
  readonly details: unknown
  readonly retryAfterSeconds: number | undefined

  constructor(parts: ApiErrorParts) {
    super(parts.code, parts.cause === undefined ? undefined : { cause: parts.cause })
    this.name = 'ApiError'
    this.code = parts.code
    this.requestId = parts.requestId
    this.details = parts.details
    this.retryAfterSeconds = parts.retryAfterSeconds
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A code as sent by the server; one this page does not know is `unexpected`. */
export function toFailureCode(code: unknown): FailureCode {
  const isKnown = (value: unknown): value is ErrorCode =>
    typeof value === 'string' && Object.hasOwn(errorStatus, value)
  return isKnown(code) ? code : 'unexpected'
}

/** A failure as the server tells it: `{ error: { code, requestId, details? } }`. */
export function fromErrorBody(body: unknown, retryAfter: unknown, cause: unknown): ApiError {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {}
  const seconds = Number(retryAfter)
  return new ApiError({
    code: toFailureCode(error['code']),
    requestId: typeof error['requestId'] === 'string' ? error['requestId'] : undefined,
    details: error['details'],
    retryAfterSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    cause,
  })
}

/** Any thrown value as an `ApiError`. */
export function toApiError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError({ code: 'unexpected', cause: thrown })
}

/** The link that mends a lost connection, out of a failure's details. */
export function installUrlOf(error: ApiError): string | null {
  const url = isRecord(error.details) ? error.details['installUrl'] : undefined
  return typeof url === 'string' && /^(https?:\/\/|\/)/.test(url) ? url : null
}

/** Whether the server may have done what was asked although no good answer arrived. */
export function isUncertain({ code }: { code: FailureCode }): boolean {
  return ['no_answer', 'outcome_unknown', 'internal', 'unexpected'].includes(code)
}
