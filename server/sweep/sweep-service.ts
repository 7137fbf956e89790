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
const maxTaskPages = 10

/** What a comparison that began then has left over: the threads whose last message is from before; epoch ms. */
export type SweepRest = { startedAtMs: number; beforeMs: number }
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
  /** Whether its connection stands. */
  isActive: (locationId: string) => Promise<boolean>
  queueSweep: (locationId: string, rest?: SweepRest) => Promise<void>
  now: () => number
  logger: Logger
}) {
  const { repository, conversations, tasks, newestTold, contactsWaiting, isActive, queueSweep, now, logger } =
    parts

  /**
   * Reads the threads whose newest message nobody told and, as far as there is room, those with texts that are still
   * on their way.
   * @returns before when the threads that are left over had their last message; undefined where none are
   */
  async function sweepMessages(
    locationId: string,
    sinceMs: number,
    beforeMs: number | undefined,
  ): Promise<number | undefined> {
    const [{ conversations: recent }, told, waiting] = await Promise.all([
      conversations.search(locationId, {
        limit: conversationPage,
        sortBy: 'last_message_date',
        sort: 'desc',
        ...(beforeMs === undefined ? {} : { startAfterDate: beforeMs }),
      }),
      newestTold(locationId),
      contactsWaiting(locationId),
    ])
    const isUntold = ({ contactId, lastMessageDate }: PlatformConversation) =>
      (lastMessageDate ?? 0) > Math.max(sinceMs, told.get(contactId) ?? 0)
    const untold = recent.filter(isUntold)
    const read = untold.slice(0, maxThreads)
    const onTheirWay = recent.filter((thread) => waiting.has(thread.contactId) && !isUntold(thread))
    for (const thread of [...read, ...onTheirWay.slice(0, maxThreads - read.length)]) {
      await readThread(locationId, thread, sinceMs)
    }
    const isPageFull = recent.length >= conversationPage
    const lastMs =
      (untold.length > read.length ? read : isPageFull ? recent : []).at(-1)?.lastMessageDate ?? 0
    return lastMs > sinceMs ? lastMs : undefined
  }

  async function readThread(
    locationId: string,
    { id, contactId }: PlatformConversation,
    sinceMs: number,
  ): Promise<void> {
    const { messages } = await conversations.listMessages(locationId, id, { limit: threadPage })
    // The oldest first, as they happened.
    for (const message of messages.toReversed()) {
      const writtenMs = Date.parse(message.dateAdded ?? '')
      if (writtenMs < now() - furthestMs) continue
      await parts.messageFound(locationId, { contactId, message, isOld: !(writtenMs > sinceMs) })
    }
  }

  /** @returns whether there was no more than could be read */
  async function sweepTasks(locationId: string, sinceMs: number): Promise<boolean> {
    for (let page = 0; page < maxTaskPages; page += 1) {
      const search = { completed: false, limit: taskPage, skip: page * taskPage }
      const open = await tasks.search(locationId, search)
      for (const task of open) {
        const isNew = Date.parse(task.dateAdded ?? '') > sinceMs
        if (isNew && task.contactId !== null) await parts.taskFound(locationId, task)
      }
      if (open.length < taskPage) return true
    }
    return false
  }

  /** What cannot be compared now is compared next time. */
  async function attempt(locationId: string, what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      logger.warn({ err: error, locationId, what }, 'a location could not be compared with the platform')
    }
  }

  const sinceOf = (compared: Date) => Math.max(compared.getTime() - overlapMs, now() - furthestMs)

  /** @param rest what an earlier one left over */
  async function sweep(locationId: string, rest?: SweepRest): Promise<void> {
    const startedAtMs = rest?.startedAtMs ?? now()
    const compared = await repository.begin(locationId)
    if (!compared || !(await isActive(locationId))) return
    await attempt(locationId, 'messages', async () => {
      const beforeMs = await sweepMessages(locationId, sinceOf(compared.messages), rest?.beforeMs)
      if (beforeMs === undefined) await repository.swept(locationId, 'messages', new Date(startedAtMs))
      else await queueSweep(locationId, { startedAtMs, beforeMs })
    })
    if (rest) return
    await attempt(locationId, 'tasks', async () => {
      if (await sweepTasks(locationId, sinceOf(compared.tasks)))
        await repository.swept(locationId, 'tasks', new Date(startedAtMs))
    })
  }

  async function queueAll(locationIds: string[]): Promise<void> {
    for (const locationId of locationIds) await queueSweep(locationId)
  }

  return {
    sweep,
    /** These are compared now and then, though nobody watches. */
    keep: repository.keep,
    /** Queues what is due. */
    sweepDue: async () => queueAll(await repository.due()),
    /** Somebody watches these now: what was left alone for long is compared at once. */
    watched: async (locationIds: string[]) => queueAll(await repository.watched(locationIds)),
  }
}
