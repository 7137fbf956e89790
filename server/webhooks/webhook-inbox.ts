import { randomUUID } from 'node:crypto'
import { inTime, oneAtATime } from '../bounded-call.ts'
import type { Logger } from '../logger.ts'
import { currentContext, runWithContext } from '../request-context.ts'
import { createOwnerLanes } from './owner-lanes.ts'
import type { QueueOwned, WebhookEvent, WebhookRepository } from './webhook-repository.ts'

/** The ids of the events that are done, and why the others are not. */
export type HandledEvents = { done: number[]; failures: unknown[] }

/** What is worked on here takes no longer, and nothing is begun that waited longer. */
const workWithinMs = 5_000
/** Whoever stored an event and has not worked on it by then is dead, or has too much to do. */
const leftAfterMs = 2 * workWithinMs
const lookEveryMs = 5_000
const lookWithinMs = 30_000
/** What failed just now is not tried again at once. */
const tryAgainAfterSeconds = 2
const drainWithinMs = 8_000
const closeWithinMs = 500

type Waiting = { event: WebhookEvent; requestId: string; storedAt: number }

/**
 * The ledger is the queue: whoever stored an event works on it at once. What takes its time, what fails, and what is
 * left, as by a process that died, is given to jobs.
 */
export function createWebhookInbox(parts: {
  repository: Pick<WebhookRepository, 'listOpen' | 'markProcessed' | 'queueOpen' | 'queueLeft'>
  handle: (events: readonly WebhookEvent[]) => Promise<HandledEvents>
  /** Whether others than the database are asked to work on it. */
  takesTime: (event: WebhookEvent) => boolean
  queueJobs: (startAfterSeconds: number) => QueueOwned
  logger: Logger
  now: () => number
}) {
  const { repository, handle, takesTime, queueJobs, logger, now } = parts
  const lanes = createOwnerLanes<Waiting>({ ownerOf: ({ event }) => ownerOf(event), run: work })
  let timer: NodeJS.Timeout | undefined
  let isDraining = false

  async function giveToJobs(events: readonly WebhookEvent[], startAfterSeconds: number): Promise<void> {
    const ids = events.map(({ id }) => id)
    await repository.queueOpen(ids, new Date(now()), queueJobs(startAfterSeconds))
  }

  async function handleAndMark(events: readonly WebhookEvent[]): Promise<HandledEvents> {
    const handled = await handle(events)
    await repository.markProcessed(handled.done, new Date(now()))
    return handled
  }

  async function workOn(events: readonly WebhookEvent[]): Promise<void> {
    const { done, failures } = await handleAndMark(events)
    if (failures.length === 0) return
    const isDone = new Set(done)
    const open = events.filter(({ id }) => !isDone.has(id))
    logger.warn({ err: failures[0], events: open.length }, 'webhooks are tried again by a job')
    await giveToJobs(open, tryAgainAfterSeconds)
  }

  /** Whatever becomes of it, what stays open is found by the next look. */
  const orLeave = (events: number, works: Promise<void>): Promise<void> =>
    works.catch((error: unknown) => logger.warn({ err: error, events }, 'webhooks are left for later'))

  async function work(batch: Waiting[]): Promise<void> {
    const startedAt = performance.now()
    const fresh = batch.filter(({ storedAt }) => startedAt - storedAt < workWithinMs)
    const requestId = fresh[0]?.requestId
    if (requestId === undefined) return
    const deadlineAt = startedAt + workWithinMs
    const events = fresh.map(({ event }) => event)
    await runWithContext({ requestId, deadlineAt, priority: 'background' }, () =>
      orLeave(events.length, workOn(events)),
    )
  }

  async function look(): Promise<void> {
    const events = await repository.queueLeft(new Date(now() - leftAfterMs), new Date(now()), queueJobs(0))
    if (events > 0) logger.info({ events }, 'webhooks that were left are given to jobs')
  }

  const lookForLeft = oneAtATime(() =>
    inTime(look(), lookWithinMs).catch((error: unknown) =>
      logger.warn({ err: error }, 'webhooks that were left cannot be looked for'),
    ),
  )

  async function emptied(withinMs: number): Promise<void> {
    await inTime(lanes.idle(), withinMs).catch((error: unknown) =>
      logger.warn({ err: error }, 'webhooks are left for whoever looks next'),
    )
  }

  return {
    /** Takes events on that were just stored. */
    stored(events: readonly WebhookEvent[]): void {
      const requestId = currentContext()?.requestId ?? randomUUID()
      const storedAt = performance.now()
      const slow = events.filter(takesTime)
      if (slow.length > 0) void orLeave(slow.length, giveToJobs(slow, 0))
      const quick = events.filter((event) => !takesTime(event))
      lanes.add(quick.map((event) => ({ event, requestId, storedAt })))
    },

    /**
     * What a job does. What is done is not done again by its next try.
     * @throws why the first of those failed that did
     */
    async workOnQueued(eventIds: readonly number[]): Promise<void> {
      const { failures } = await handleAndMark(await repository.listOpen(eventIds))
      if (failures.length > 0) throw failures[0]
    },

    /** Looks for what is left, now and then; jobs must be open for it. */
    async start(): Promise<void> {
      await lookForLeft()
      if (!isDraining) timer = setInterval(() => void lookForLeft(), lookEveryMs)
    },

    /** Works on what waits. What is stored meanwhile, or after it, is worked on until it is closed. */
    async drain(timeoutMs = drainWithinMs): Promise<void> {
      isDraining = true
      clearInterval(timer)
      await emptied(timeoutMs)
    },

    /** Ends what was stored last, and begins nothing any more. */
    async close(): Promise<void> {
      await emptied(closeWithinMs)
      lanes.close()
    },
  }
}

/** All of a location, or those of a company that are of none, are worked on one after the other. */
const ownerOf = ({ locationId, companyId }: WebhookEvent): string => locationId ?? companyId ?? ''
