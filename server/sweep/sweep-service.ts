import { AppError } from '../errors.ts'
import type {
  ConversationsApi,
  PlatformConversation,
  PlatformMessage,
} from '../highlevel/conversations-api.ts'
import type { LocationTask, LocationTasksApi } from '../highlevel/location-tasks-api.ts'
import type { Logger } from '../logger.ts'
import type { SweepRepository } from './sweep-repository.ts'

/** What was seen just before the last comparison may have come into the lists after it. */
const overlapMs = 5 * 60_000
const furthestMs = 24 * 3_600_000
const conversationPage = 50
/** Bounds what a comparison takes of the location's rate. */
const maxThreads = 20
const threadPage = 20
const taskPage = 100

export type SweepService = ReturnType<typeof createSweepService>

/**
 * Compares a location with the platform: webhooks do get lost. What they should have told of recent conversations and
 * open tasks is handed on as if they had; whoever takes it knows what was told before.
 */
export function createSweepService(parts: {
  repository: SweepRepository
  conversations: Pick<ConversationsApi, 'search' | 'listMessages'>
  tasks: Pick<LocationTasksApi, 'search'>
  /** When each contact's newest message happened that was told (epoch ms). */
  newestTold: (locationId: string) => Promise<Map<string, number>>
  /** Contacts with texts whose end was not told yet. */
  contactsWaiting: (locationId: string) => Promise<Set<string>>
  /** `isOld`: from before the last comparison, so that only its status may be news. */
  messageFound: (
    locationId: string,
    found: { contactId: string; message: PlatformMessage; isOld: boolean },
  ) => Promise<unknown>
  taskFound: (locationId: string, task: LocationTask) => Promise<unknown>
  queueSweep: (locationId: string) => Promise<void>
  now: () => number
  logger: Logger
}) {
  const { repository, conversations, tasks, newestTold, contactsWaiting, queueSweep, now, logger } = parts

  /** Those whose newest message nobody told, and those with texts that are still on their way. */
  async function threadsToRead(locationId: string, sinceMs: number): Promise<PlatformConversation[]> {
    const [recent, told, waiting] = await Promise.all([
      conversations.search(locationId, {
        limit: conversationPage,
        sortBy: 'last_message_date',
        sort: 'desc',
      }),
      newestTold(locationId),
      contactsWaiting(locationId),
    ])
    return recent.conversations
      .filter(({ contactId, lastMessageDate }) => {
        const lastMs = lastMessageDate ?? 0
        return waiting.has(contactId) || (lastMs > sinceMs && (told.get(contactId) ?? 0) < lastMs)
      })
      .slice(0, maxThreads)
  }

  async function sweepMessages(locationId: string, sinceMs: number): Promise<void> {
    for (const { id, contactId } of await threadsToRead(locationId, sinceMs)) {
      const { messages } = await conversations.listMessages(locationId, id, { limit: threadPage })
      // The oldest first, as they happened.
      for (const message of messages.toReversed()) {
        const writtenMs = Date.parse(message.dateAdded ?? '')
        if (writtenMs < now() - furthestMs) continue
        await parts.messageFound(locationId, { contactId, message, isOld: !(writtenMs > sinceMs) })
      }
    }
  }

  async function sweepTasks(locationId: string, sinceMs: number): Promise<void> {
    const open = await tasks.search(locationId, { completed: false, limit: taskPage })
    for (const task of open) {
      if (Date.parse(task.dateAdded ?? '') > sinceMs) await parts.taskFound(locationId, task)
    }
  }

  /** What cannot be compared now is compared next time. */
  async function attempt(locationId: string, what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      logger.warn({ err: error, locationId, what }, 'a location could not be compared with the platform')
      return false
    }
  }

  async function sweep(locationId: string): Promise<void> {
    const startedAt = new Date(now())
    const before = await repository.sweptAt(locationId)
    if (!before) return
    const sinceMs = Math.max(before.getTime() - overlapMs, now() - furthestMs)
    if (!(await attempt(locationId, 'messages', () => sweepMessages(locationId, sinceMs)))) return
    await attempt(locationId, 'tasks', () => sweepTasks(locationId, sinceMs))
    await repository.swept(locationId, startedAt)
  }

  async function queueAll(locationIds: string[]): Promise<void> {
    for (const locationId of locationIds) await queueSweep(locationId)
  }

  return {
    sweep,
    /** Queues what is due. */
    sweepDue: async () => queueAll(await repository.due()),
    /** Somebody watches these now: what was left alone for long is compared at once. */
    watched: async (locationIds: string[]) => queueAll(await repository.watched(locationIds)),
  }
}
