import type { z } from 'zod'
import { AppError } from '../errors.ts'
import type { HeymarketCredentials } from '../../shared/provider-contract.ts'
import { signHeymarketJwt } from './heymarket-jwt.ts'
import { parseWithTextIds } from './long-ids.ts'
import {
  createProviderHttp,
  type ProviderAnswer,
  ProviderAnswerError,
  type ProviderCall,
  type ProviderHttp,
  ProviderTransportError,
} from './provider-http.ts'

export type HeymarketHttpParts = {
  baseUrl: string
  credentials: HeymarketCredentials
  /** Epoch ms. */
  now: () => number
  timeoutMs?: number
}

/** Signs each call anew. A 401 was not done: it is signed and sent once more, for clocks may have parted for a moment. */
export function createHeymarketHttp({
  baseUrl,
  credentials,
  now,
  timeoutMs,
}: HeymarketHttpParts): ProviderHttp {
  const http = createProviderHttp({
    baseUrl,
    authorization: () => `Bearer ${signHeymarketJwt(credentials, now())}`,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  return {
    async exchange(call) {
      const answer = await http.exchange(call)
      return answer.status === 401 ? await http.exchange(call) : answer
    },
  }
}

export type HeymarketCall = ProviderCall & {
  /** A read may be asked again whatever became of it. */
  effect: 'read' | 'write'
}

/**
 * Makes a call and reads its answer.
 * @throws {AppError} `rate_limited`, `upstream_unavailable` (not done, or a read), `outcome_unknown` (a write that may
 * have been done), `not_found`, `rejected` (`details.reason` is `credentials` where they are refused,
 * `not_allowed` where they do not open this), `upstream_failed` for an answer that is not as documented
 */
export async function askHeymarket<Schema extends z.ZodType>(
  http: ProviderHttp,
  { effect, ...call }: HeymarketCall,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await http.exchange(call).catch((error: unknown) => {
    if (!(error instanceof ProviderTransportError)) throw error
    throw effect === 'write' && error.wasWritten ? outcomeUnknown(error) : unavailable(error)
  })
  if (answer.status < 200 || answer.status > 299) throw failureOf(answer, effect)
  const parsed = schema.safeParse(parseWithTextIds(answer.text))
  if (parsed.success) return parsed.data
  if (effect === 'write') throw outcomeUnknown(parsed.error)
  throw new AppError('upstream_failed', 'Heymarket answered in a way that Wrapup does not know.', {
    cause: parsed.error,
  })
}

/** Why a call was `rejected`, where that is known. */
export function rejectionReason(error: unknown): 'credentials' | 'not_allowed' | undefined {
  const details = error instanceof AppError && error.code === 'rejected' ? error.details : undefined
  if (typeof details !== 'object' || details === null || !('reason' in details)) return undefined
  return details.reason === 'credentials' || details.reason === 'not_allowed' ? details.reason : undefined
}

/** For `catch`: what is not there is null, any other failure goes on. */
export function nullWhenUnknown(error: unknown): null {
  if (error instanceof AppError && error.code === 'not_found') return null
  throw error
}

function failureOf(answer: ProviderAnswer, effect: 'read' | 'write'): AppError {
  const { status, retryAfterMs } = answer
  const cause = new ProviderAnswerError('Heymarket', answer)
  if (status === 401) {
    return new AppError(
      'rejected',
      'Heymarket does not accept this Secret ID and Secret Key. Make a new API secret in Heymarket and connect again.',
      { cause, details: { reason: 'credentials' } },
    )
  }
  if (status === 403) {
    return new AppError('rejected', 'Heymarket does not allow this account to do that.', {
      cause,
      details: { reason: 'not_allowed' },
    })
  }
  if (status === 404) return new AppError('not_found', 'Heymarket does not know this.', { cause })
  if (status === 429) {
    return new AppError('rate_limited', 'Heymarket takes no more calls this minute.', {
      cause,
      retryable: true,
      retryAfterMs: retryAfterMs ?? 60_000,
    })
  }
  if (status < 500) return new AppError('rejected', 'Heymarket refused this as not valid.', { cause })
  return effect === 'write' ? outcomeUnknown(cause) : unavailable(cause)
}

const unavailable = (cause: Error) =>
  new AppError('upstream_unavailable', 'Heymarket does not answer right now. Try again in a moment.', {
    cause,
    retryable: true,
  })

const outcomeUnknown = (cause: Error) =>
  new AppError('outcome_unknown', 'Heymarket did not say whether this was done. Look before you try again.', {
    cause,
  })
