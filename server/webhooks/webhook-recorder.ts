import { createBatcher } from '../batcher.ts'
import type { Statement } from '../storage/one-trip.ts'
import type { NumberedWebhook, ReceivedEvent, WebhookRepository } from './webhook-repository.ts'

/** Events of one owner that one job works on. */
export type QueuedEvents = { eventIds: number[]; locationId: string | null; companyId: string | null }

/** A transaction of many costs hardly more than one of few. */
const gatherMs = 20
/** A job is done within its time even where each of its events takes a while. */
const maxEventsPerJob = 200

/**
 * Stores events and queues the work on them, many in one transaction where many come.
 * @returns resolves once the event is stored for good; whether it was new
 */
export function createWebhookRecorder(parts: {
  repository: Pick<WebhookRepository, 'storeAll'>
  /** What queues jobs within the transaction that stores their events. */
  queueEvents: (jobs: QueuedEvents[]) => Promise<Statement[]>
  /** Whether one event may have spoilt a transaction for the others. */
  isRowFault: (error: unknown) => boolean
}) {
  const { repository, queueEvents, isRowFault } = parts
  return createBatcher<{ event: ReceivedEvent }, boolean>({
    runAll: (rows) =>
      repository.storeAll(
        rows.map(({ event }) => event),
        (numbered) => queueEvents(jobsFor(numbered)),
      ),
    gatherMs,
    isOfOneRow: isRowFault,
  })
}

function jobsFor(stored: readonly NumberedWebhook[]): QueuedEvents[] {
  const byOwner = Map.groupBy(stored, ({ event }) => JSON.stringify([event.locationId, event.companyId]))
  return [...byOwner.values()].flatMap((owned) => {
    const { locationId = null, companyId = null } = owned[0]?.event ?? {}
    const ids = owned.map(({ eventId }) => eventId)
    const chunks = Math.ceil(ids.length / maxEventsPerJob)
    return Array.from({ length: chunks }, (_, place) => ({
      eventIds: ids.slice(place * maxEventsPerJob, (place + 1) * maxEventsPerJob),
      locationId,
      companyId,
    }))
  })
}
