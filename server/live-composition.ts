import { randomUUID } from 'node:crypto'
import { createRecentConversations } from './conversations/recent-conversations.ts'
import { AppError } from './errors.ts'
import { createContactSight } from './events/contact-sight.ts'
import { createEventHub } from './events/event-hub.ts'
import { createEventRepository, eventChannel } from './events/event-repository.ts'
import { createEventRoutes } from './events/event-routes.ts'
import { createHintRepository, hintChannel, readHint } from './events/hint-repository.ts'
import { createLocationNews } from './events/location-news.ts'
import { createMarkRepository } from './events/mark-repository.ts'
import { messageStatusOf } from './events/platform-payloads.ts'
import { createWebhookNews, newTaskKey } from './events/webhook-news.ts'
import type { PlatformMessage } from './highlevel/conversations-api.ts'
import type { LocationTask } from './highlevel/location-tasks-api.ts'
import type { JobQueue } from './jobs/job-queue.ts'
import { createMessageRepository } from './messages/message-repository.ts'
import { createMessageSettling } from './messages/message-settling.ts'
import { type RequestContext, runWithContext } from './request-context.ts'
import { bearerToken } from './session/session-service.ts'
import type { Session } from './session/session.ts'
import { createSweepRepository } from './sweep/sweep-repository.ts'
import { createSweepService } from './sweep/sweep-service.ts'
import type { WebhookRepository } from './webhooks/webhook-repository.ts'
import { createWrapUpRepository } from './wrap-up/wrap-up-repository.ts'
import type { Connection } from './connection-composition.ts'
import type { composeSession } from './session-composition.ts'
import type { Surroundings } from './surroundings.ts'

/** A stream outlives its request's time: what it asks for has a budget of its own. */
const askWithinMs = 10_000
/** What is to be compared soon comes in bursts. */
const compareAfterSeconds = 2

function ofItsOwn<T>(priority: RequestContext['priority'], ask: () => Promise<T>): Promise<T> {
  const deadlineAt = performance.now() + askWithinMs
  return runWithContext({ requestId: randomUUID(), deadlineAt, priority }, ask)
}

/** What open pages are told, from whatever source. */
export function composeLive(
  { database: { db, notifications }, logger, now }: Surroundings,
  parts: {
    connection: Connection
    session: ReturnType<typeof composeSession>
    jobs: JobQueue
    webhookRepository: WebhookRepository
    /** Told of each recent message that the comparison with the platform reads. */
    seenInThread: (locationId: string, contactId: string, message: PlatformMessage) => Promise<void>
  },
) {
  const { connection, session, jobs, webhookRepository } = parts
  const { platform, profiles, repository: installations } = connection
  const events = createEventRepository({ db, now })
  const marks = createMarkRepository({ db, now })
  const news = createLocationNews({ events, marks })
  const messageRepository = createMessageRepository({ db, now })
  const wrapUpRepository = createWrapUpRepository({ db, now })
  const hints = createHintRepository({ db })

  const settling = createMessageSettling({
    conversations: platform.conversations,
    messageRepository,
    isActive: installations.isActive,
    settled: async (locationId, { messageId, contactId, status, at }) => {
      const seen = { of: 'message', messageId, contactId, status, writtenAt: at, at } as const
      await news.tell(locationId, [{ ...seen, direction: 'outbound' }])
    },
    now,
    logger,
  })

  const sweeping = createSweepService({
    repository: createSweepRepository({ db, now }),
    conversations: platform.conversations,
    tasks: platform.locationTasks,
    newestTold: events.newestMessages,
    contactsWaiting: marks.contactsWaiting,
    messageFound: async (locationId, { contactId, message, isOld }) => {
      const at = new Date(message.dateAdded ?? now())
      const seen = { of: 'message', messageId: message.id, contactId, writtenAt: at, at, isOld } as const
      const direction = message.direction === 'inbound' ? 'inbound' : 'outbound'
      await news.tell(locationId, [{ ...seen, direction, status: messageStatusOf(message.status) }])
      await parts.seenInThread(locationId, contactId, message)
    },
    taskFound: (locationId, { id, contactId, dateAdded }: LocationTask) =>
      news.tell(locationId, [
        {
          of: 'object',
          type: 'task',
          kind: 'task',
          objectId: id,
          contactId,
          at: new Date(dateAdded ?? now()),
          key: newTaskKey(id),
        },
      ]),
    isActive: installations.isActive,
    queueSweep: (locationId, rest) =>
      rest
        ? jobs.send('sweep-location', { locationId, rest }, { singletonKey: `${locationId}/rest` })
        : jobs.send('sweep-location', { locationId }, { singletonKey: locationId }),
    now,
    logger,
  })

  const hub = createEventHub<Session>({
    events,
    mayHear: createContactSight({
      findAssignee: (locationId, contactId) =>
        ofItsOwn('background', async () => {
          const { assignedTo } = await platform.contacts.get(locationId, contactId)
          return assignedTo ?? null
        }),
      now,
    }),
    // A person may come to wait for the same answer.
    resume: (authorization) => ofItsOwn('person', () => session.resume(bearerToken(authorization))),
    watched: sweeping.watched,
    logger,
  })

  const recent = createRecentConversations({
    conversations: platform.conversations,
    isShared: (locationId) => hub.countOf(locationId) > 1,
  })

  const heard = createWebhookNews({
    news,
    findTaskContact: async (locationId, { id, title }) => {
      try {
        const found = await platform.locationTasks.search(locationId, { query: title, limit: 100 })
        return found.find((task) => task.id === id)?.contactId ?? null
      } catch (error) {
        if (!(error instanceof AppError) || error.retryable) throw error
        logger.warn({ err: error, locationId }, 'it could not be found out whose a new task is')
        return null
      }
    },
    compareSoon: (locationId) =>
      jobs.send(
        'sweep-location',
        { locationId },
        { singletonKey: locationId, startAfterSeconds: compareAfterSeconds },
      ),
    now,
  })

  /** @param locationId undefined: perhaps in any */
  function happened(locationId?: string): void {
    recent.forget(locationId)
    hub.wake(locationId)
  }

  /** What this process remembers of a user or a location is read anew. */
  async function forget(payload: string): Promise<void> {
    const hint = readHint(payload)
    if (hint?.kind === 'user') session.forgetUser(hint.id)
    if (hint?.kind !== 'location') return
    const row = await installations.find({ kind: 'location', locationId: hint.id })
    if (row) profiles.forget(row.id)
  }

  return {
    eventRoutes: createEventRoutes({ hub }),
    openStreams: hub.count,
    recent,
    heard,
    settleHeard: settling.heard,
    keepCompared: sweeping.keep,
    hint: hints.send,
    live: {
      settleMessages: settling.settleOpen,
      sweepDue: sweeping.sweepDue,
      sweep: sweeping.sweep,
    },
    prune: async (): Promise<void> => {
      await events.prune()
      await marks.prune()
      await messageRepository.prune()
      await wrapUpRepository.prune()
      await webhookRepository.prune(now())
    },
    async start(): Promise<void> {
      await notifications.listen(eventChannel, { notified: happened, resumed: happened })
      await notifications.listen(hintChannel, {
        notified: (payload) => {
          forget(payload).catch((error: unknown) => logger.warn({ err: error }, 'a hint had no effect'))
        },
      })
    },
    close: hub.close,
  }
}
