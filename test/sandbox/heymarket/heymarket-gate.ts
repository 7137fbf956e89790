import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { HeymarketState } from './heymarket-state.ts'

/** A refusal. What its body looks like is not documented: it differs here from case to case, so that nobody reads it. */
export class HeymarketRefusal extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(`The stand-in Heymarket answers ${status}`)
    this.name = 'HeymarketRefusal'
    this.status = status
    this.body = body
  }
}

export const badData = (what: string) => new HeymarketRefusal(400, { error: 'bad_data', what })

const tokenLifeSeconds = 300
/** How far its clock and a client's may differ. */
const clockLeewaySeconds = 5

const headerSchema = z.strictObject({ alg: z.literal('HS256'), typ: z.literal('JWT') })
/** Without `exp`. */
const payloadSchema = z.strictObject({ iss: z.string(), iat: z.int() })

/**
 * @returns the id of the secret that signed
 * @throws {HeymarketRefusal} 401
 */
export function checkHeymarketJwt(
  authorization: string | undefined,
  { apiSecrets }: Pick<HeymarketState, 'apiSecrets'>,
  nowMs: number,
): string {
  const refused = new HeymarketRefusal(401, 'Unauthorized')
  const [header, payload, signature, more] = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]?.split('.') ?? []
  if (!header || !payload || !signature || more !== undefined) throw refused
  const claims = payloadSchema.safeParse(jsonOf(payload))
  if (!claims.success || !headerSchema.safeParse(jsonOf(header)).success) throw refused
  const { iss, iat } = claims.data
  const key = apiSecrets.find(({ id }) => id === iss)?.key
  if (key === undefined) throw refused
  const expected = createHmac('sha256', `${iss}||${key}`).update(`${header}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused
  const ageSeconds = nowMs / 1000 - iat
  if (ageSeconds >= tokenLifeSeconds || ageSeconds < -clockLeewaySeconds) throw refused
  return iss
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** Fields that its documents do not name are refused: the app is not to lean on what nobody promised. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  throw badData(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}

/** E.164 digits without `+`. */
export const phoneDigits = z.string().regex(/^[1-9]\d{6,14}$/)

/**
 * Counts over the last minute, however a client's minutes fall. An older text counts per key, the newer one does not
 * say: all of a team's secrets count together.
 */
export function createHeymarketLimiter(now: () => number, behaviour: { callsPerMinute: number }) {
  let recent: number[] = []
  return {
    /** @throws {HeymarketRefusal} 429, without a word on when to come back */
    count(): void {
      const nowMs = now()
      recent = recent.filter((at) => at > nowMs - 60_000)
      if (recent.length >= behaviour.callsPerMinute) throw new HeymarketRefusal(429, 'Too many requests')
      recent.push(nowMs)
    },
  }
}
