import { BoundedMap } from '../bounded-map.ts'
import type { ConversationsApi, PlatformConversation } from '../highlevel/conversations-api.ts'

const keptMs = 2_500
const maxKept = 1_000

export type RecentConversations = ReturnType<typeof createRecentConversations>
type Kept = { limit: number; answer: Promise<PlatformConversation[]>; untilMs: number }

/**
 * The latest conversations of a location. All pages that watch it read them after the same event: within a moment they
 * are asked for once.
 */
export function createRecentConversations(parts: {
  conversations: Pick<ConversationsApi, 'search'>
  /** Whether several pages watch it, so that it is told here when something happens there. */
  isShared: (locationId: string) => boolean
}) {
  const kept = new BoundedMap<string, Kept>(maxKept)

  async function ask(locationId: string, limit: number): Promise<PlatformConversation[]> {
    const search = { limit, sortBy: 'last_message_date', sort: 'desc' } as const
    return (await parts.conversations.search(locationId, search)).conversations
  }

  return {
    list(locationId: string, limit: number): Promise<PlatformConversation[]> {
      if (!parts.isShared(locationId)) return ask(locationId, limit)
      const known = kept.get(locationId)
      if (known && known.limit === limit && known.untilMs > performance.now()) return known.answer
      const asked = { limit, answer: ask(locationId, limit), untilMs: performance.now() + keptMs }
      kept.set(locationId, asked)
      asked.answer.catch(() => {
        if (kept.get(locationId) === asked) kept.delete(locationId)
      })
      return asked.answer
    },

    /**
     * Something happened there.
     * @param locationId undefined: perhaps anywhere
     */
    forget(locationId?: string): void {
      if (locationId === undefined) kept.clear()
      else kept.delete(locationId)
    },
  }
}
