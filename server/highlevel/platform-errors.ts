import { AppError, locationSuspended, reconnectRequired } from '../errors.ts'

/** What the platform answered when it did not answer with success. */
export type Refusal = { status: number; body: unknown }

export type RefusalContext = {
  effect: 'read' | 'write'
  /** Whether the call is about a contact: one of another location is then simply not there. */
  aboutContact: boolean
  installUrl: string
}

/** The platform's own words, for telling refusals apart only: they are never shown or logged. */
export function platformWords(body: unknown): string {
  if (typeof body === 'string') return body.slice(0, 2000)
  if (typeof body !== 'object' || body === null) return ''
  const parts = ['message', 'error', 'error_description', 'msg'].map((key) => {
    const value: unknown = Reflect.get(body, key)
    if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').join(' ')
    return typeof value === 'object' ? platformWords(value) : String(value ?? '')
  })
  return parts.join(' ').slice(0, 2000)
}

/**
 * A 401 that a newer token cannot mend: a scope or a class of token that the connection lacks.
 * @see https://marketplace.gohighlevel.com/docs/Authorization/Scopes
 */
const missingRight = /not authorized for this scope|authClass type|user type mismatch|IAM Service/i
const wrongVersion = /version/i
/**
 * Of a text that was given to a conversation provider a moment ago: another token changes nothing, some seconds do.
 * @see https://github.com/GoHighLevel/highlevel-api-docs/issues/4
 */
const noProviderYet = /no conversation provider found/i

/** Whether a newer token may help: expired, revoked, garbled. */
export function isTokenRefused({ status, body }: Refusal): boolean {
  if (status !== 401) return false
  const words = platformWords(body)
  return !missingRight.test(words) && !wrongVersion.test(words) && !noProviderYet.test(words)
}

export const inactiveLocation = /location is (not active|inactive)|inactive location/i
const dndActive = /\bDND is (active|enabled)|do[- ]not[- ]disturb|has unsubscribed/i
const noPhone = /missing phone number|no phone number/i
/** The assignee of a task, the sender of a text: not there is a wrong field, not a missing contact. */
const wrongField = /assign|from ?number/i
const notThere =
  /not found|not exist|doesn.?t exist|(could not|couldn.?t|cannot) find|no such|invalid (contact|conversation|message|task|note) ?id/i

function fromBadRequest(words: string): AppError {
  if (dndActive.test(words)) return onDnd()
  if (noPhone.test(words)) return new AppError('no_phone', 'This contact has no phone number.')
  if (inactiveLocation.test(words)) return locationSuspended()
  if (notThere.test(words) && !wrongField.test(words)) return notFound()
  return new AppError('rejected', 'The CRM did not accept this. Check what was entered and try again.')
}

function onDnd(): AppError {
  return new AppError('dnd_active', 'This contact does not accept texts: do-not-disturb is on for SMS.')
}

export function notFound(): AppError {
  return new AppError('not_found', 'This does not exist in the sub-account, or no longer.')
}

function fromServerError({ status }: Refusal, effect: 'read' | 'write'): AppError {
  // A gateway that gave up on the server behind it: that server may still have done it.
  if (effect === 'write' && (status === 502 || status === 504)) return outcomeUnknown()
  return upstreamFailed(undefined, { retryable: effect === 'read' })
}

/** Sorts a refusal into the application's own taxonomy, in our own words. A 429 is the caller's to handle. */
export function refusalToAppError(refusal: Refusal, context: RefusalContext): AppError {
  const { status, body } = refusal
  const words = platformWords(body)
  if (status >= 500) return fromServerError(refusal, context.effect)
  if ((status === 401 || status === 403) && noProviderYet.test(words)) return upstreamUnavailable()
  if (status === 401) return fromUnauthorized(words, context.installUrl)
  if (status === 403 && inactiveLocation.test(words)) return locationSuspended()
  if (status === 403 && missingRight.test(words)) return fromUnauthorized(words, context.installUrl)
  if (status === 403 && dndActive.test(words)) return onDnd()
  if (status === 403 && context.aboutContact) return notFound()
  if (status === 403) return new AppError('forbidden', 'The CRM does not allow this for this sub-account.')
  if (status === 404) return notFound()
  if (status === 400 || status === 422) return fromBadRequest(words)
  if (status > 400) return new AppError('rejected', 'The CRM did not accept this.')
  return upstreamFailed()
}

function fromUnauthorized(words: string, installUrl: string): AppError {
  if (wrongVersion.test(words)) return upstreamFailed()
  return missingRight.test(words)
    ? reconnectRequired(
        installUrl,
        'The connection to the CRM lacks a permission that this needs. An admin has to connect again.',
      )
    : reconnectRequired(installUrl, 'The connection to the CRM has ended. An admin has to connect again.')
}

export function upstreamFailed(cause?: unknown, options: { retryable?: boolean } = {}): AppError {
  return new AppError('upstream_failed', 'The CRM answered with an error. Please try again.', {
    cause,
    ...options,
  })
}

/**
 * Nothing was done: safe to repeat.
 * @param retryAfterMs when there is a chance again, where that is known
 */
export function upstreamUnavailable(cause?: unknown, retryAfterMs?: number): AppError {
  return new AppError('upstream_unavailable', 'The CRM cannot be reached right now. Please try again.', {
    cause,
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** A change was sent and no (readable) answer came: it may or may not have happened. */
export function outcomeUnknown(cause?: unknown): AppError {
  return new AppError(
    'outcome_unknown',
    'The CRM did not confirm this: it may or may not have happened. Look before you repeat it.',
    { cause },
  )
}
