import { z } from 'zod'
import {
  type BulksmsMessage,
  bulksmsMessageSchema,
  inboundEventsFrom,
  reportFrom,
} from './bulksms-records.ts'
import { parseWithTextIds } from './long-ids.ts'
import type { ProviderEvent, ProviderWebhook } from './provider-adapter.ts'

const eventHeader = 'x-bulksms-event'
const listSchema = z.array(z.unknown())

/**
 * An array of messages; an empty one when a webhook is set up, which has to be answered like any other.
 * @returns undefined for what holds nothing that BulkSMS sends
 */
export function readBulksmsWebhook({ body, headers }: ProviderWebhook): ProviderEvent[] | undefined {
  const list = listSchema.safeParse(parseWithTextIds(body.toString('utf8')))
  if (!list.success) return undefined
  const messages = list.data.map((item) => bulksmsMessageSchema.safeParse(item))
  if (messages.length > 0 && !messages.some(({ success }) => success)) return undefined
  return messages.flatMap((message): ProviderEvent[] =>
    message.success ? eventsOf(message.data, headers[eventHeader]) : [{ kind: 'other', type: 'unreadable' }],
  )
}

function eventsOf(message: BulksmsMessage, header: string | undefined): ProviderEvent[] {
  const direction = message.type?.toUpperCase() ?? directions.get(header?.toLowerCase() ?? '')
  if (direction === 'RECEIVED') return inboundEventsFrom(message)
  if (direction === 'SENT') return [{ kind: 'status', ...reportFrom(message) }]
  return [{ kind: 'other', type: (message.type ?? header ?? 'no type').slice(0, 100) }]
}

/** The nested shape has no `type`: the header tells instead. */
const directions: ReadonlyMap<string, string> = new Map([
  ['status-report', 'SENT'],
  ['incoming-message', 'RECEIVED'],
])
