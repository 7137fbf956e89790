import { AppError } from '../errors.ts'
import { askBulksms } from './bulksms-http.ts'
import { readBulksmsMessages } from './bulksms-messages.ts'
import { type BulksmsMessage, bulksmsMessageSchema, reportFrom } from './bulksms-records.ts'
import type { DeliveryReport } from './provider-adapter.ts'
import type { ProviderHttp } from './provider-http.ts'

/** So many are read one by one; more of them by pages of the list. */
const maxSingleReads = 10

type Query = { providerMessageIds: readonly string[]; since: Date }

/** @throws {AppError} as `askBulksms` */
export async function readBulksmsReports(
  http: ProviderHttp,
  { providerMessageIds, since }: Query,
): Promise<DeliveryReport[]> {
  const ids = [...new Set(providerMessageIds)]
  const messages =
    ids.length <= maxSingleReads ? await readEach(http, ids) : await readPages(http, new Set(ids), since)
  return messages.map(reportFrom)
}

async function readEach(http: ProviderHttp, ids: readonly string[]): Promise<BulksmsMessage[]> {
  const messages: BulksmsMessage[] = []
  for (const id of ids) {
    const path = `/messages/${encodeURIComponent(id)}`
    const message = await askBulksms(http, { method: 'GET', path }, bulksmsMessageSchema).catch(
      (error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return undefined
        throw error
      },
    )
    if (message) messages.push(message)
  }
  return messages
}

async function readPages(http: ProviderHttp, wanted: Set<string>, since: Date): Promise<BulksmsMessage[]> {
  const found = new Map<string, BulksmsMessage>()
  for await (const message of readBulksmsMessages(http, { type: 'SENT', since })) {
    if (wanted.has(message.id)) found.set(message.id, message)
    if (found.size === wanted.size) break
  }
  return [...found.values()]
}
