import { z } from 'zod'
import { askBulksms } from './bulksms-http.ts'
import { type BulksmsMessage, bulksmsMessageSchema } from './bulksms-records.ts'
import type { ProviderHttp } from './provider-http.ts'

const pageSize = 1_000
const maxPages = 50
/** How far BulkSMS' clock may be behind ours. */
const clockSkewMs = 60_000

const pageSchema = z.array(bulksmsMessageSchema)

/**
 * The account's messages that were submitted since then, oldest first. A short page is not the last one: only an empty
 * one is.
 * @throws {AppError} as `askBulksms`
 */
export async function* readBulksmsMessages(
  http: ProviderHttp,
  { type, since }: { type: 'SENT' | 'RECEIVED'; since: Date },
): AsyncGenerator<BulksmsMessage> {
  const from = `${new Date(since.getTime() - clockSkewMs).toISOString().slice(0, 19)}Z`
  let filter = `type=${type}&submission.date>=${from}`
  for (let page = 0; page < maxPages; page += 1) {
    const query = { filter, limit: pageSize, sortOrder: 'ASCENDING' }
    const messages = await askBulksms(http, { method: 'GET', path: '/messages', query }, pageSchema)
    yield* messages
    const last = messages.at(-1)
    if (!last) return
    filter = `type=${type}&submission.date>=${from}&id>${last.id}`
  }
}
