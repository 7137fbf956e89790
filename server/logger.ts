import { pino, type DestinationStream, type Logger } from 'pino'
import { AppError } from './errors.ts'
import { currentContext } from './request-context.ts'

export type { Logger } from 'pino'

/**
 * Only what is known to be safe leaves an error: never its properties (an HTTP client's error carries headers and
 * bodies), and of foreign errors not even the message (a driver's or parser's may quote what it was given).
 */
function safeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const upstreamRequestId =
    'upstreamRequestId' in error && typeof error.upstreamRequestId === 'string'
      ? error.upstreamRequestId
      : undefined
  return {
    type: error.name,
    code,
    upstreamRequestId,
    ...(error instanceof AppError ? { message: error.message } : {}),
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 12)
      .join('\n'),
    ...(error.cause === undefined ? {} : { cause: safeError(error.cause) }),
  }
}

/** What carries such a name is never written, wherever it stands in a line: a second net below those who log. */
const secretNames = new Set(
  (
    'authorization cookie headers body text payload phone email signature encryptedData connectionString ' +
    'token accessToken refreshToken access_token refresh_token secret clientSecret client_secret password'
  ).split(' '),
)

/** pino's own `redact` does the same at twenty times the cost of the line; most lines need no copy. */
function withoutSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  for (const name in fields) {
    if (secretNames.has(name) || isPlainObject(fields[name])) return copyWithoutSecrets(fields)
  }
  return fields
}

function copyWithoutSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      secretNames.has(name) ? '[redacted]' : isPlainObject(value) ? withoutSecrets(value) : value,
    ]),
  )
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** A line that names its request itself is left as it is. */
function withRequestId(line: object, { requestId }: { requestId?: string }): object {
  return requestId === undefined || 'requestId' in line ? line : { requestId, ...line }
}

/** Structured logs (JSON lines on stdout); each carries the id of the request it belongs to. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: withoutSecrets },
      serializers: { err: safeError, error: safeError },
      mixin: () => currentContext() ?? {},
      mixinMergeStrategy: (line, context) => withRequestId(line, context),
    },
    ...(destination ? ([destination] as const) : []),
  )
}
