import type { Writable } from 'node:stream'
import type { StoredEvent } from './event-repository.ts'

const pageSize = 100
/** Who does not take what was sent within this time is let go: they resume by the last id they got. */
const drainWithinMs = 20_000
const retryMs = 2_000

export type StreamEnd = 'over' | 'ousted' | 'failed'
/** What the client waits before it comes back, where that is longer than usual. */
const retryAfterMs: { [Reason in StreamEnd]?: number } = {
  // The page has too many others open.
  ousted: 60_000,
  failed: 10_000,
}

export type EventStream = ReturnType<typeof createEventStream>

/**
 * Writes a location's events to one client in their order, as server-sent events. What the client does not take is
 * not read from the database either.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createEventStream(parts: {
  client: Writable
  /** The id after which to start. */
  startAfter: number
  since: (afterId: number, limit: number) => Promise<StoredEvent[]>
  /** Rejects where that cannot be told now; the stream then ends, and the client resumes before this event. */
  mayHear: (event: StoredEvent, newestId: number) => Promise<boolean>
  /** Called after an event that may be the end of the connection. */
  onInstallationEvent: () => void
  onFailure: (error: unknown) => void
}) {
  const { client, since, mayHear, onInstallationEvent, onFailure } = parts
  let position = parts.startAfter
  let lastId = Number.POSITIVE_INFINITY
  let isWoken = false
  let isRunning = false
  let hasEnded = false
  const goesOn = () => !hasEnded && position < lastId
  let resumeWriting = () => {}
  client.on('drain', () => resumeWriting())
  client.once('close', () => {
    hasEnded = true
    resumeWriting()
  })

  async function write(text: string): Promise<void> {
    if (hasEnded || client.write(text)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    resumeWriting = resolve
    const letGo = setTimeout(() => client.destroy(), drainWithinMs)
    await promise
    clearTimeout(letGo)
  }

  async function tell(stored: StoredEvent, newestId: number): Promise<void> {
    const { id, event } = stored
    const isHeard = await mayHear(stored, newestId)
    // An id alone moves on where the client resumes.
    await write(
      isHeard ? `event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(event)}\n\n` : `id: ${id}\n\n`,
    )
    position = id
    if (event.type === 'installation') onInstallationEvent()
  }

  async function tellPage(): Promise<void> {
    isWoken = false
    const page = await since(position, pageSize)
    const newestId = page.at(-1)?.id ?? position
    for (const stored of page) {
      if (!goesOn() || stored.id > lastId) return
      await tell(stored, newestId)
    }
    if (page.length === pageSize) isWoken = true
  }

  async function run(): Promise<void> {
    isRunning = true
    try {
      while (isWoken && goesOn()) await tellPage()
      if (lastId !== Number.POSITIVE_INFINITY) end('over')
    } catch (error) {
      onFailure(error)
      end('failed')
    } finally {
      isRunning = false
    }
  }

  function end(reason: StreamEnd): void {
    if (hasEnded) return
    hasEnded = true
    const pauseMs = retryAfterMs[reason]
    client.end(pauseMs === undefined ? undefined : `retry: ${pauseMs}\n\n`)
    const letGo = setTimeout(() => client.destroy(), drainWithinMs).unref()
    client.once('close', () => clearTimeout(letGo))
    resumeWriting()
  }

  function wake(): void {
    isWoken = true
    if (!isRunning) void run()
  }

  return {
    /** Says at once that the stream stands, and where it starts. */
    begin: () => void client.write(`retry: ${retryMs}\nid: ${position}\n\n: open\n\n`),

    /** There may be news. */
    wake,

    /** A comment, so that neither a proxy nor the client takes the silence for a broken connection. */
    beat(): void {
      if (!hasEnded && !client.writableNeedDrain) client.write(': beat\n\n')
    },

    end,

    /** As `end`, once all up to this id is told, and nothing after it. */
    endAfter(id: number): void {
      lastId = Math.min(lastId, id)
      wake()
    },
  }
}
