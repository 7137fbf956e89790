import { readHeymarketMessages } from './heymarket-messages.ts'
import { type HeymarketMessage, timeFromHeymarket } from './heymarket-records.ts'
import type { DeliveryReport, DeliveryState } from './provider-adapter.ts'
import type { ProviderHttp } from './provider-http.ts'

/** 3,000 messages; a tenth of the calls of a minute is left for others with room to spare. */
const maxPages = 100

/** The vendor lists the words nowhere. These can mean one thing alone; any other is unknown. */
const states: ReadonlyMap<string, DeliveryState> = new Map([
  ['queued', 'accepted'],
  ['pending', 'accepted'],
  ['sending', 'accepted'],
  ['accepted', 'accepted'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['failed', 'failed'],
  ['undelivered', 'failed'],
])

export function reportOf(message: HeymarketMessage): DeliveryReport {
  const raw = message.status.slice(0, 200)
  const state = states.get(raw.trim().toLowerCase()) ?? 'unknown'
  return {
    providerMessageId: message.id,
    dedupeText: message.local_id || null,
    state,
    raw,
    // Its API tells no reason.
    reason: state === 'failed' ? 'Heymarket could not deliver the text.' : null,
    isOptOut: false,
    at: timeFromHeymarket(message.updated || message.date),
  }
}

/**
 * There is no webhook for delivery: messages are read in the order of their last change. Besides those asked for, all
 * that carry a `local_id` are told, so that one whose answer was lost is found by it.
 */
export async function readHeymarketReports(
  http: ProviderHttp,
  { providerMessageIds, since }: { providerMessageIds: readonly string[]; since: Date },
): Promise<DeliveryReport[]> {
  const wanted = new Set(providerMessageIds)
  const reports: DeliveryReport[] = []
  for await (const message of readHeymarketMessages(http, { order: 'updated_at', maxPages })) {
    const report = reportOf(message)
    if (report.at && report.at < since) break
    if (wanted.has(message.id) || message.local_id !== '') reports.push(report)
  }
  return reports
}
