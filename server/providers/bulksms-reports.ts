import { z } from 'zod'
import { AppError } from '../errors.ts'
import { askBulksms } from './bulksms-http.ts'
import { type BulksmsMessage, bulksmsMessageSchema, reportFrom } from './bulksms-records.ts'
import type { DeliveryReport } from './provider-adapter.ts'
import type { ProviderHttp } from './provider-http.ts'

/** So many are read one by one; more of them by pages of the list. */
const maxSingleReads = 10
const pageSize = 1_000
const maxPages = 50
/** How far BulkSMS' clock may be behind ours. */
const clockSkewMs = 60_000

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

const pageSchema = z.array(bulksmsMessageSchema)

/** Oldest first. A short page is not the last one: only an empty one is. */
async function readPages(http: ProviderHttp, wanted: Set<string>, since: Date): Promise<BulksmsMessage[]> {
  const found = new Map<string, BulksmsMessage>()
  const from = `${new Date(since.getTime() - clockSkewMs).toISOString().slice(0, 19)}Z`
  let filter = `type=SENT&submission.date>=${from}`
  for (let page = 0; page < maxPages && found.size < wanted.size; page += 1) {
    const query = { filter, limit: pageSize, sortOrder: 'ASCENDING' }
    const messages = await askBulksms(http, { method: 'GET', path: '/messages', query }, pageSchema)
    for (const message of messages) if (wanted.has(message.id)) found.set(message.id, message)
    const last = messages.at(-1)
    if (!last) break
    filter = `type=SENT&submission.date>=${from}&id>${last.id}`
  }
  return [...found.values()]
}
