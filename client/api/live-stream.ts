import type { LocationEvent } from '../../shared/event-contract.ts'
import { toApiError } from './api-error.ts'
import { type Fetch, openEventResponse, readEvents } from './event-connection.ts'
import { toLocationEvent } from './location-event.ts'
import { createSessionCall, type SessionTokens } from './session-http.ts'

/** `waiting` is between two connections or before the first; `asleep` has none on purpose. */
export type StreamState = 'waiting' | 'open' | 'asleep'

export type EventStreamParts = {
  fetch: Fetch
  session: SessionTokens
  /** From 0 to 1. */
  random: () => number
  /** Steady milliseconds. */
  elapsed: () => number
  /** The last event already known, from an earlier stream of this page. */
  lastEventId: string | null
  onEvent(event: LocationEvent): void
  /** `isComplete`: the server goes on after the last known event, so nothing was missed. */
  onOpen(opening: { isComplete: boolean }): void
  onState(state: StreamState): void
}

const firstPauseMs = 400
const mostPauseMs = 30_000
/** What the server asks for of every page; only longer pauses are more than our own. */
const usualPauseMs = 2_000
/** A connection that held for this long was a good one: the next break starts with short pauses again. */
const goodAfterMs = 10_000
/** After a longer break what is on screen is read anew; that is less than all that happened meanwhile. */
const resumeWithinMs = 5 * 60_000

/** The pause before another try: doubles with each, and differs from page to page so that they do not come at once. */
export function retryPauseMs(failures: number, random: number): number {
  const most = Math.min(mostPauseMs, firstPauseMs * 2 ** failures)
  return most / 2 + (random * most) / 2
}

/**
 * The events of this location, over as many connections as it takes; each resumes after the last event of the one
 * before. A refused token and a lost installation are dealt with as for every other call.
 */
export function createEventStream(parts: EventStreamParts) {
  const life = new AbortController()
  let connection = new AbortController()
  let lastEventId = parts.lastEventId
  let failures = 0
  /** Longer than our own pauses where the server has too many of us. */
  let askedPauseMs = 0
  let isAsleep = false
  let leftAtMs: number | null = null
  let wake = () => {}

  const call = createSessionCall(parts.session)

  async function connect(): Promise<void> {
    connection = new AbortController()
    if (leftAtMs !== null && parts.elapsed() - leftAtMs > resumeWithinMs) lastEventId = null
    const isComplete = lastEventId !== null
    const { fetch } = parts
    const body = await call((token) => openEventResponse({ fetch, token, lastEventId, connection }))
    const openedAtMs = parts.elapsed()
    parts.onState('open')
    parts.onOpen({ isComplete })
    await readEvents({
      body,
      connection,
      onRetry: (ms) => {
        askedPauseMs = ms > usualPauseMs ? ms : 0
      },
      onId: (id) => {
        lastEventId = id === '' ? null : id
      },
      onData: (data) => {
        const event = toLocationEvent(data)
        if (event) parts.onEvent(event)
      },
    })
    leftAtMs = parts.elapsed()
    failures = leftAtMs - openedAtMs < goodAfterMs ? failures + 1 : 0
  }

  /** Until it is time, or somebody wakes it; without a time, until then. */
  function pause(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** One connection and the pause after it. */
  async function takeTurn(): Promise<void> {
    askedPauseMs = 0
    parts.onState('waiting')
    try {
      await connect()
    } catch (thrown) {
      failures += 1
      askedPauseMs = (toApiError(thrown).retryAfterSeconds ?? 0) * 1000
    }
    if (life.signal.aborted || isAsleep) return
    parts.onState('waiting')
    await pause(askedPauseMs + retryPauseMs(failures, parts.random()))
  }

  async function run(): Promise<void> {
    while (!life.signal.aborted) {
      if (!isAsleep) await takeTurn()
      else {
        parts.onState('asleep')
        await pause(null)
      }
    }
  }

  void run()

  return {
    lastEventId: () => lastEventId,
    /** The way to the server changed or came back: tries at once. */
    hurry(): void {
      failures = 0
      isAsleep = false
      wake()
    },
    /** The connection that stands is of no use any more. */
    drop: () => connection.abort(),
    /** Gives up the connection until it is hurried. */
    sleep(): void {
      isAsleep = true
      connection.abort()
      wake()
    },
    close(): void {
      life.abort()
      connection.abort()
      wake()
    },
  }
}

export type EventStream = ReturnType<typeof createEventStream>
