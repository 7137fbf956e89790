import { expect } from 'vitest'
import type { World } from './world.ts'

/** Requests in the name of a user. */
export type ApiClient = Awaited<ReturnType<World['as']>>

/** Follows the cursor of a list to its end. */
export async function everyPage(
  client: Pick<ApiClient, 'get'>,
  path: string,
  key: 'contacts' | 'conversations',
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = []
  let cursor: string | null = ''
  do {
    const more: string = cursor ? `&cursor=${cursor}` : ''
    const answer = await client.get(`${path}${more}`)
    expect(answer.status).toBe(200)
    items.push(...answer.body[key])
    cursor = answer.body.nextCursor
  } while (cursor !== null)
  return items
}
