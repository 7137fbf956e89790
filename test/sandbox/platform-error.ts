/** A refusal in the platform's own shape. */
export class PlatformError extends Error {
  readonly status: number
  readonly body: Record<string, unknown>

  constructor(status: number, body: Record<string, unknown>) {
    super(`The sandbox answers ${status}`)
    this.name = 'PlatformError'
    this.status = status
    this.body = body
  }
}

const errorName: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
}

/** `{statusCode, message, error?}`: a 400 has no `error`, as the platform's has none. */
export function refuse(status: number, message: string | string[]): PlatformError {
  const error = errorName[status]
  return new PlatformError(status, { statusCode: status, message, ...(error ? { error } : {}) })
}

/** An unknown id is a 400 on this platform, not a 404. */
export function notFound(what: string, id: string): PlatformError {
  return refuse(400, `${what} with id ${id} not found`)
}

/** The shape of the token endpoint. */
export function refuseGrant(status: number, error: string, description: string): PlatformError {
  return new PlatformError(status, { error, error_description: description })
}
