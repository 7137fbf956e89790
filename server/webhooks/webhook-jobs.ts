import type { OwnedEvent } from './webhook-repository.ts'

/** Events of one owner that one job works on. */
export type QueuedEvents = { eventIds: number[]; locationId: string | null; companyId: string | null }

/** A job is done within its time even where each of its events takes a while. */
const maxEventsPerJob = 200

/** @returns jobs for these events, each owner's in the order in which they came */
export function jobsFor(events: readonly OwnedEvent[]): QueuedEvents[] {
  const inOrder = events.toSorted((one, other) => one.id - other.id)
  const byOwner = Map.groupBy(inOrder, ({ locationId, companyId }) => JSON.stringify([locationId, companyId]))
  return [...byOwner.values()].flatMap((owned) => {
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
