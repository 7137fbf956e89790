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
  return {
    type: error.name,
    code,
    ...(error instanceof AppError ? { message: error.message } : {}),
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 12)
      .join('\n'),
    ...(error.cause === undefined ? {} : { cause: safeError(error.cause) }),
  }
}

/** Structured logs (JSON lines on stdout); each carries the id of the request it belongs to. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: safeError, error: safeError },
      mixin: () => {
        const requestId = currentContext()?.requestId
        return requestId === undefined ? {} : { requestId }
      },
    },
    ...(destination ? ([destination] as const) : []),
  )
}
