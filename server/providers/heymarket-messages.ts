import { z } from 'zod'
import { askHeymarket } from './heymarket-http.ts'
import {
  type HeymarketMessage,
  heymarketMessageSchema,
  heymarketPageSize,
  timeFromHeymarket,
} from './heymarket-records.ts'
import type { ProviderHttp } from './provider-http.ts'

/** In what the list comes is not documented. */
const pageSchema = z
  .union([z.array(heymarketMessageSchema), z.object({ messages: z.array(heymarketMessageSchema) })])
  .transform((page) => (Array.isArray(page) ? page : page.messages))

/**
 * The team's messages, newest first, each once. The sources disagree on which way `created_at` looks, so the first page
 * is asked for without it, and a page that brings nothing new is the last. But where all of a page happened at one time,
 * the next goes on a second before it: of a second that has more than a page, no call tells the rest.
 * @throws {AppError} as `askHeymarket` does
 * @see https://developers.heymarket.com/api-reference/messages/get-all
 */
export async function* readHeymarketMessages(
  http: ProviderHttp,
  { order, maxPages }: { order: 'created_at' | 'updated_at'; maxPages: number },
): AsyncGenerator<HeymarketMessage> {
  const known = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page += 1) {
    const body = {
      order,
      ascending: false,
      limit: heymarketPageSize,
      ...(cursor === undefined ? {} : { created_at: cursor }),
    }
    const call = { method: 'POST' as const, path: '/v1/messages/all', body, effect: 'read' as const }
    const messages = await askHeymarket(http, call, pageSchema)
    const fresh = messages.filter(({ id }) => !known.has(id))
    for (const message of fresh) {
      known.add(message.id)
      yield message
    }
    const timeOf = (message: HeymarketMessage | undefined) =>
      (order === 'updated_at' ? message?.updated : message?.date) ?? ''
    const [first, last] = [timeOf(messages[0]), timeOf(messages.at(-1))]
    cursor = fresh.length > 0 ? last : first === last ? secondBefore(last) : ''
    if (messages.length < heymarketPageSize || cursor === '') return
  }
}

function secondBefore(time: string): string {
  const at = timeFromHeymarket(time)
  return at ? new Date(at.getTime() - 1_000).toISOString() : ''
}
