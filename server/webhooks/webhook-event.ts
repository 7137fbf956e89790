import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ReceivedEvent } from './webhook-repository.ts'

/**
 * Without an id and a time of its own, a second event looks like a repeat of the first (uninstalled, installed again,
 * uninstalled again): only what comes within this window counts as one.
 */
const repeatWindowMs = 10 * 60_000

const text = z.string().min(1).max(200).nullish().catch(null)

/** What every event may carry; all else is the handlers'. */
const envelopeSchema = z.looseObject({
  type: text,
  appId: text,
  webhookId: text,
  locationId: text,
  companyId: text,
  /** ISO 8601, or epoch ms. */
  timestamp: z.union([z.string(), z.number()]).nullish().catch(null),
})

export type ReadEvent = { event: ReceivedEvent; eventAppId: string | null }

/**
 * Reads a verified body.
 * @param fallbackType for bodies whose `type` is not an event's
 * @returns undefined where the body is not a JSON object
 */
export function readWebhookEvent(body: Buffer, nowMs: number, fallbackType?: string): ReadEvent | undefined {
  const json = body.toString('utf8')
  const parsed = envelopeSchema.safeParse(parse(json))
  if (!parsed.success) return undefined
  const payload = mayBeRefused.test(json) ? storable(parsed.data) : parsed.data
  const { type, appId, webhookId, locationId, companyId, timestamp } = payload
  const eventAt = timeOf(timestamp)
  const window = eventAt === null ? String(Math.floor(nowMs / repeatWindowMs)) : ''
  return {
    eventAppId: appId ?? null,
    event: {
      dedupeKey: webhookId ? `id:${webhookId}` : contentKey(body, `${fallbackType ?? ''}|${window}`),
      type: fallbackType ?? type ?? 'unknown',
      locationId: locationId ?? null,
      companyId: companyId ?? null,
      eventAt,
      receivedAt: new Date(nowMs),
      payload,
    },
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function contentKey(body: Buffer, context: string): string {
  return `sha256:${createHash('sha256').update(body).update(context).digest('base64url')}`
}

/** The database reads no year of more than four digits. */
const endOfTime = Date.UTC(10_000, 0)

function timeOf(timestamp: string | number | null | undefined): Date | null {
  const time = timestamp === null || timestamp === undefined ? Number.NaN : new Date(timestamp).getTime()
  return time >= 0 && time < endOfTime ? new Date(time) : null
}

/** Without such an escape in a body, all that it holds can be stored. */
const mayBeRefused = /\\u(?:0000|d[89a-f])/i

/** PostgreSQL refuses the NUL character and lone surrogates, which JSON allows as escapes. */
export function storable<Payload>(payload: Payload): Payload {
  const refused = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g
  return JSON.parse(JSON.stringify(payload).replaceAll(refused, '$1\ufffd'))
}
