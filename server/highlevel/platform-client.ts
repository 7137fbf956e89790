import type { z } from 'zod'
import { withinBudget } from './call-budget.ts'
import { isTokenRefused, outcomeUnknown, refusalToAppError, upstreamFailed } from './platform-errors.ts'
import type { ApiVersion, PlatformAnswer, PlatformCall, PlatformHttp } from './platform-http.ts'
import { ownerKey, type TokenOwner, type TokenSource } from './token-source.ts'

export type OwnedCall<Answer> = Pick<PlatformCall, 'method' | 'path' | 'query' | 'body'> & {
  owner: TokenOwner
  version: ApiVersion
  /** Parses a successful answer; takes only what is used. */
  answer: z.ZodType<Answer>
  /** Default: a GET reads, all else writes. */
  effect?: 'read' | 'write'
  /** Whether the call is about a contact: one of another location is then simply not there. */
  aboutContact?: boolean
}

export type HighLevelClient = ReturnType<typeof createHighLevelClient>

/** Calls the platform in the name of a location or company. Every failure is an `AppError`. */
export function createHighLevelClient(parts: {
  http: PlatformHttp
  tokens: TokenSource
  installUrl: string
}) {
  const { http, tokens, installUrl } = parts

  /** A refused token is replaced once; a second refusal is the owner's to mend. */
  async function exchange(call: OwnedCall<unknown>, effect: 'read' | 'write'): Promise<PlatformAnswer> {
    const { owner, method, path, query, body, version } = call
    const sendWith = (token: string) =>
      http.exchange({
        method,
        path,
        version,
        effect,
        token,
        paceKey: ownerKey(owner),
        ...(query ? { query } : {}),
        ...(body ? { body } : {}),
      })
    const token = await withinBudget(tokens.accessToken(owner))
    const first = await sendWith(token)
    if (!isTokenRefused(first)) return first
    const newer = await withinBudget(tokens.replaceRejected(owner, token))
    const second = await sendWith(newer)
    if (isTokenRefused(second)) await tokens.stayedRejected(owner, newer)
    return second
  }

  async function call<Answer>(request: OwnedCall<Answer>): Promise<Answer> {
    const effect = request.effect ?? (request.method === 'GET' ? 'read' : 'write')
    const answer = await exchange(request, effect)
    if (answer.status < 200 || answer.status >= 300) {
      throw refusalToAppError(answer, { effect, aboutContact: request.aboutContact ?? false, installUrl })
    }
    const parsed = request.answer.safeParse(answer.body)
    if (parsed.success) return parsed.data
    // A write that was answered with success has happened, readable or not: nobody may repeat it blindly.
    throw effect === 'write' ? outcomeUnknown(parsed.error) : upstreamFailed(parsed.error)
  }

  return { call }
}
