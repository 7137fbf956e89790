import { readBulksmsMessages } from './bulksms-messages.ts'
import { inboundEventsFrom } from './bulksms-records.ts'
import type { InboundText } from './provider-adapter.ts'
import type { ProviderHttp } from './provider-http.ts'

/** BulkSMS gives a webhook up after two days, and at once after a 4xx: the list of messages is read, too. */
export async function readBulksmsReplies(http: ProviderHttp, since: Date): Promise<InboundText[]> {
  const replies: InboundText[] = []
  for await (const message of readBulksmsMessages(http, { type: 'RECEIVED', since })) {
    for (const event of inboundEventsFrom(message)) if (event.kind === 'inbound') replies.push(event)
  }
  return replies
}
