import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { vi } from 'vitest'
import { type LocationEvent, locationEventSchema } from '../../shared/event-contract.ts'

export type ReadEvent = { id: string | undefined; event: LocationEvent }
export type EventReader = Awaited<ReturnType<typeof openEvents>>

/** Reads a location's event stream as the page does. */
export async function openEvents(publicUrl: string, token: string, lastEventId?: string) {
  const connection = new AbortController()
  const response = await fetch(`${publicUrl}/api/events`, {
    headers: {
      Authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    },
    signal: connection.signal,
  })
  const events: ReadEvent[] = []
  const ids: string[] = []
  const retries: number[] = []
  const parser = createParser({
    onId: (id) => ids.push(id),
    onRetry: (ms) => retries.push(ms),
    onEvent: ({ id, event, data }: EventSourceMessage) => {
      const read = locationEventSchema.parse(JSON.parse(data))
      if (read.type !== event) throw new Error(`event: ${event} carries a ${read.type}`)
      events.push({ id, event: read })
    },
  })
  const decoder = new TextDecoder()
  let isOver = false
  const over = (async () => {
    try {
      for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }))
    } catch (error) {
      if (!connection.signal.aborted) throw error
    } finally {
      isOver = true
    }
  })()
  // Where it starts is told once it is open.
  if (response.ok)
    await vi.waitFor(() => ids.length > 0 || isOver || Promise.reject(new Error('not open')), 5_000)

  return {
    response,
    events,
    retries,
    /** The last id that was told, with or without an event. */
    lastId: () => ids.at(-1),
    /** Resolves when the server ends it. */
    over,
    /** Waits for the first that fits. */
    async next(fits: (event: LocationEvent) => boolean): Promise<ReadEvent> {
      return vi.waitFor(() => {
        const found = events.find(({ event }) => fits(event))
        if (!found) throw new Error(`none of ${events.length} events fits`)
        return found
      }, 8_000)
    },
    async close(): Promise<void> {
      connection.abort()
      await over
    },
  }
}
