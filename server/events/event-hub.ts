import type { Writable } from 'node:stream'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Watcher } from './contact-sight.ts'
import type { EventRepository, StoredEvent } from './event-repository.ts'
import { createEventStream, type EventStream } from './event-stream.ts'

/** How often a heartbeat is sent, each session is checked again, and missed notifications are made up for. */
const beatMs = 15_000
const maxStreamsPerUser = 6

/** Rights that could not be looked at again for longer than this are none any more. */
const rightsLastMs = 5 * 60_000

/** After these nothing is told any more. */
const isNobody: ReadonlySet<string> = new Set<AppError['code']>([
  'unauthenticated',
  'session_expired',
  'forbidden',
])
/** After these still what happened until then: it says why. */
const isDisconnected: ReadonlySet<string> = new Set<AppError['code']>([
  'reconnect_required',
  'location_suspended',
])

export type EventHub = ReturnType<typeof createEventHub<Watcher>>
type OpenStream<Session> = {
  stream: EventStream
  session: Session
  resume: () => Promise<Session>
  /** When the session was last found to be in order; steady milliseconds. */
  resumedAtMs: number
}

/** All streams that this process keeps open. */
export function createEventHub<Session extends Watcher>(parts: {
  events: Pick<EventRepository, 'since' | 'bounds'>
  mayHear: (session: Session, event: StoredEvent, newestId: number) => Promise<boolean>
  /** Whose bearer token that is now; rejects once it is nobody's. */
  resume: (authorization: string | undefined) => Promise<Session>
  /** Somebody watches these locations, told again and again as long as it is so. */
  watched: (locationIds: string[]) => Promise<void>
  logger: Logger
}) {
  const { events, mayHear, resume, watched, logger } = parts
  /** In the order in which they were opened. */
  const streams = new Set<OpenStream<Session>>()
  let isClosed = false

  function logFailure(error: unknown): void {
    logger.warn({ err: error }, 'an event stream failed, its client comes back by itself')
  }

  async function endAfterNews({ stream, session }: OpenStream<Session>): Promise<void> {
    try {
      stream.endAfter((await events.bounds(session.locationId)).newest)
    } catch (error) {
      logFailure(error)
      stream.end('failed')
    }
  }

  async function review(open: OpenStream<Session>): Promise<void> {
    try {
      open.session = await open.resume()
      open.resumedAtMs = performance.now()
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'internal'
      if (isDisconnected.has(code)) return endAfterNews(open)
      const isLate = performance.now() - open.resumedAtMs > rightsLastMs
      if (isNobody.has(code)) open.stream.end('over')
      else if (isLate) open.stream.end('failed')
    }
  }

  /** The newest page wins: who opens one looks at it. */
  function oust({ locationId, userId }: Watcher): void {
    const own = [...streams].filter(
      ({ session }) => session.locationId === locationId && session.userId === userId,
    )
    for (const oldest of own.slice(0, Math.max(0, own.length - maxStreamsPerUser + 1))) {
      streams.delete(oldest)
      oldest.stream.end('ousted')
    }
  }

  /** An id that this location cannot have told is answered with all that is kept. */
  async function startOf(locationId: string, lastEventId: string | undefined): Promise<number> {
    const { oldest, newest } = await events.bounds(locationId)
    if (lastEventId === undefined) return newest
    const id = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : Number.POSITIVE_INFINITY
    return id > newest ? oldest - 1 : id
  }

  function tellWatched(locationIds: Iterable<string>): void {
    watched([...new Set(locationIds)]).catch(logFailure)
  }

  const timer = setInterval(() => {
    for (const open of streams) {
      open.stream.beat()
      open.stream.wake()
      void review(open)
    }
    if (streams.size > 0) tellWatched([...streams].map(({ session }) => session.locationId))
  }, beatMs)
  timer.unref()

  return {
    async open(parts: {
      client: Writable
      session: Session
      authorization: string | undefined
      lastEventId: string | undefined
    }): Promise<void> {
      const { client, session, authorization, lastEventId } = parts
      const { locationId } = session
      const startAfter = Math.max(0, await startOf(locationId, lastEventId))
      if (isClosed || client.destroyed) return void client.end()
      oust(session)
      const open: OpenStream<Session> = {
        session,
        resumedAtMs: performance.now(),
        resume: () => resume(authorization),
        stream: createEventStream({
          client,
          startAfter,
          since: (afterId, limit) => events.since(locationId, afterId, limit),
          mayHear: (event, newestId) => mayHear(open.session, event, newestId),
          onInstallationEvent: () => void review(open),
          onFailure: logFailure,
        }),
      }
      streams.add(open)
      client.once('close', () => streams.delete(open))
      open.stream.begin()
      open.stream.wake()
      tellWatched([locationId])
    },

    /** @param locationId undefined: any of them may have news */
    wake(locationId?: string): void {
      for (const { stream, session } of streams) {
        if (locationId === undefined || session.locationId === locationId) stream.wake()
      }
    },

    count: () => streams.size,

    /** How many watch this location. */
    countOf: (locationId: string) =>
      [...streams].filter(({ session }) => session.locationId === locationId).length,

    close(): void {
      isClosed = true
      clearInterval(timer)
      for (const { stream } of streams) stream.end('over')
      streams.clear()
    },
  }
}
