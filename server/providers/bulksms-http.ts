import { z } from 'zod'
import type { BulksmsCredentials } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import { parseWithTextIds } from './long-ids.ts'
import {
  createProviderHttp,
  type ProviderAnswer,
  ProviderAnswerError,
  type ProviderCall,
  type ProviderHttp,
  ProviderTransportError,
} from './provider-http.ts'

/** Basic authentication, sent with each call; the secret has special characters. */
export function createBulksmsHttp(parts: {
  /** With its version, as `https://api.bulksms.com/v1`. */
  baseUrl: string
  credentials: BulksmsCredentials
  timeoutMs?: number
}): ProviderHttp {
  const { tokenId, tokenSecret } = parts.credentials
  const authorization = `Basic ${Buffer.from(`${tokenId}:${tokenSecret}`, 'utf8').toString('base64')}`
  return createProviderHttp({
    baseUrl: parts.baseUrl,
    authorization: () => authorization,
    ...(parts.timeoutMs === undefined ? {} : { timeoutMs: parts.timeoutMs }),
  })
}

const problemSchema = z.object({ type: z.string() })

/**
 * The name of what is wrong, such as `insufficient-credits`: written after `errors#` and after `errors/#`. Null where
 * the body is empty or a page, as it may be.
 */
export function problemOf({ text }: ProviderAnswer): string | null {
  const problem = problemSchema.safeParse(parseWithTextIds(text))
  return problem.success ? (/#([\w-]+)$/.exec(problem.data.type)?.[1] ?? null) : null
}

export const isSuccess = ({ status }: ProviderAnswer): boolean => status >= 200 && status <= 299

/**
 * Makes a call that is no text; each of them may be repeated without harm.
 * @throws {AppError} `rate_limited`, `upstream_unavailable` (may pass), `not_found`, `rejected` (with
 * `details.reason: 'credentials'` where they are refused), `upstream_failed` for an answer that is not as documented
 */
export async function askBulksms<Schema extends z.ZodType>(
  http: ProviderHttp,
  call: ProviderCall,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await http.exchange(call).catch((error: unknown) => {
    throw error instanceof ProviderTransportError ? unavailable(error) : error
  })
  if (!isSuccess(answer)) throw failureOf(answer)
  const parsed = schema.safeParse(parseWithTextIds(answer.text))
  if (parsed.success) return parsed.data
  throw new AppError('upstream_failed', 'BulkSMS answered in a way that Wrapup does not know.', {
    cause: parsed.error,
  })
}

function failureOf(answer: ProviderAnswer): AppError {
  const { status, retryAfterMs } = answer
  const cause = new ProviderAnswerError('BulkSMS', answer)
  if (status === 401) {
    return new AppError('rejected', credentialsRefused, { cause, details: { reason: 'credentials' } })
  }
  if (status === 403)
    return new AppError('rejected', 'BulkSMS does not allow this account to do that.', { cause })
  if (status === 404) return new AppError('not_found', 'BulkSMS does not know this.', { cause })
  if (status === 429) {
    return new AppError('rate_limited', 'BulkSMS takes no more calls for a moment.', {
      cause,
      retryable: true,
      retryAfterMs: retryAfterMs ?? 5_000,
    })
  }
  if (status < 500) return new AppError('rejected', 'BulkSMS refused this as not valid.', { cause })
  return unavailable(cause)
}

export const credentialsRefused =
  'BulkSMS does not accept this token. Make a new API token in BulkSMS and connect again.'

const unavailable = (cause: Error) =>
  new AppError('upstream_unavailable', 'BulkSMS does not answer right now. Try again in a moment.', {
    cause,
    retryable: true,
  })
