import { randomUUID } from 'node:crypto'
import { inTime, oneAtATime } from '../bounded-call.ts'
import type { Logger } from '../logger.ts'
import { currentContext, runWithContext } from '../request-context.ts'
import type { Transaction } from '../storage/database.ts'
import { createOwnerLanes } from './owner-lanes.ts'
import type { OwnedEvent, WebhookEvent, WebhookRepository } from './webhook-repository.ts'

/** The ids of the events that are done, and why the others are not. */
export type HandledEvents = { done: number[]; failures: unknown[] }

/** Events of one owner that one job works on. */
export type QueuedEvents = { eventIds: number[]; locationId: string | null; companyId: string | null }

/** What takes longer to ask others is given to a job, which may take its time. */
const workWithinMs = 5_000
/** Whoever stored an event and has not worked on it by then is dead, or has too much to do. */
const leftAfterMs = 10_000
const lookEveryMs = 5_000
/** So much memory of a process may be taken by events that wait; the others wait in the ledger. */
const maxWaiting = 2_000
/** A job is done within its time even where each of its events takes a while. */
const maxEventsPerJob = 200

type Waiting = { event: WebhookEvent; requestId: string }

/**
 * The ledger is the queue: whoever stored an event works on it at once. What fails then, and what is left by a process
 * that died, is given to jobs.
 */
export function createWebhookInbox(parts: {
  repository: Pick<WebhookRepository, 'markProcessed' | 'queueOpen' | 'queueLeft'>
  handle: (events: readonly WebhookEvent[]) => Promise<HandledEvents>
  queueJobs: (jobs: QueuedEvents[], transaction: Transaction) => Promise<void>
  logger: Logger
  now: () => number
}) {
  const { repository, handle, queueJobs, logger, now } = parts
  const lanes = createOwnerLanes<Waiting>({ ownerOf: ({ event }) => ownerOf(event), run: work, maxWaiting })
  let timer: NodeJS.Timeout | undefined
  let isDraining = false

  const queue = (events: OwnedEvent[], transaction: Transaction) => queueJobs(jobsFor(events), transaction)

  async function workOn(events: readonly WebhookEvent[]): Promise<void> {
    const { done, failures } = await handle(events)
    await repository.markProcessed(done, new Date(now()))
    if (failures.length === 0) return
    const isDone = new Set(done)
    const open = events.filter(({ id }) => !isDone.has(id)).map(({ id }) => id)
    logger.warn({ err: failures[0], events: open.length }, 'webhooks are tried again by a job')
    await repository.queueOpen(open, new Date(now()), queue)
  }

  async function work(batch: Waiting[]): Promise<void> {
    const requestId = batch[0]?.requestId ?? randomUUID()
    const deadlineAt = performance.now() + workWithinMs
    await runWithContext({ requestId, deadlineAt, priority: 'background' }, async () => {
      try {
        await workOn(batch.map(({ event }) => event))
      } catch (error) {
        logger.warn({ err: error, events: batch.length }, 'webhooks are left for later')
      }
    })
  }

  const lookForLeft = oneAtATime(async () => {
    try {
      const events = await repository.queueLeft(new Date(now() - leftAfterMs), new Date(now()), queue)
      if (events > 0) logger.info({ events }, 'webhooks that were left are given to jobs')
    } catch (error) {
      logger.warn({ err: error }, 'webhooks that were left cannot be looked for')
    }
  })

  return {
    /** Works on events that were just stored. */
    stored(events: readonly WebhookEvent[]): void {
      const requestId = currentContext()?.requestId ?? randomUUID()
      lanes.add(events.map((event) => ({ event, requestId })))
    },

    /** Looks for what others left, now and then; jobs must be open for it. */
    async start(): Promise<void> {
      await lookForLeft()
      if (!isDraining) timer = setInterval(() => void lookForLeft(), lookEveryMs)
    },

    /** Waits for what is worked on; what is not done by then is left to whoever looks for it. */
    async drain(timeoutMs = 8_000): Promise<void> {
      isDraining = true
      clearInterval(timer)
      await inTime(lanes.idle(), timeoutMs).finally(() => lanes.close())
    },
  }
}

const ownerOf = ({ locationId, companyId }: OwnedEvent): string => JSON.stringify([locationId, companyId])

function jobsFor(events: readonly OwnedEvent[]): QueuedEvents[] {
  return [...Map.groupBy(events, ownerOf).values()].flatMap((owned) => {
    const { locationId = null, companyId = null } = owned[0] ?? {}
    const ids = owned.map(({ id }) => id)
    const chunks = Math.ceil(ids.length / maxEventsPerJob)
    return Array.from({ length: chunks }, (_, place) => ({
      eventIds: ids.slice(place * maxEventsPerJob, (place + 1) * maxEventsPerJob),
      locationId,
      companyId,
    }))
  })
}
