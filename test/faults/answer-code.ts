import { errorStatus, type ErrorCode } from '../../shared/error-codes.ts'
import { errorBodySchema } from '../../shared/error-contract.ts'

export type Answer = { status: number; body: unknown; headers: Record<string, string> }

/** `ok`, or the code of a failure that keeps the contract; else what is wrong with it. */
export function codeOf({ status, body, headers }: Answer): string {
  if (status >= 200 && status < 300) return 'ok'
  const parsed = errorBodySchema.safeParse(body)
  if (!parsed.success) return `status ${status} without the envelope`
  const { code, message, requestId } = parsed.data.error
  if (errorStatus[code as ErrorCode] !== status) return `${code} with status ${status}`
  if (message === '' || requestId !== headers['x-request-id']) return `${code} with an empty envelope`
  if (code === 'rate_limited' && !(Number(headers['retry-after']) > 0)) return `${code} without Retry-After`
  return code
}
