import { errorStatus, type ErrorCode } from '../shared/error-codes.ts'

export type AppErrorOptions = {
  cause?: unknown
  /** Shown to the caller: must hold no secret and no upstream body. */
  details?: unknown
  /** Whether the same call may be tried again later with a chance of success. */
  retryable?: boolean
  retryAfterMs?: number
}

/**
 * The one failure of the application: the HTTP answer, what is kept of a failed job and the page's words all read it.
 * `message` is shown to people: it says what happened and, where there is one, what to do.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly details: unknown
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = errorStatus[code]
    this.details = options.details
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
  }
}

/** After these what was asked for has not happened; after the others it may have. */
const provesUndone: Readonly<Record<ErrorCode, boolean>> = {
  validation: true,
  unauthenticated: true,
  session_expired: true,
  forbidden: true,
  location_required: true,
  not_found: true,
  conflict: true,
  reconnect_required: true,
  location_suspended: true,
  too_large: true,
  unsupported_media_type: true,
  dnd_active: true,
  no_phone: true,
  rejected: true,
  rate_limited: true,
  internal: false,
  upstream_failed: false,
  upstream_unavailable: true,
  outcome_unknown: false,
}

/** Whether a failed change has not been made, so that it may be tried again. */
export const isProvablyUndone = (error: unknown): error is AppError =>
  error instanceof AppError && isUndoneBy(error.code)

/** As `isProvablyUndone`, where only the code is left. */
export const isUndoneBy = (code: string): boolean => provesUndone[code as ErrorCode] ?? false

/** `reconnect_required` with the link that mends it. */
export function reconnectRequired(installUrl: string, message: string, cause?: unknown): AppError {
  return new AppError('reconnect_required', message, { cause, details: { installUrl } })
}

export function locationSuspended(cause?: unknown): AppError {
  return new AppError(
    'location_suspended',
    'This sub-account is not active in the CRM. Wrapup works again as soon as it is.',
    { cause },
  )
}
