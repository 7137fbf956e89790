import type { Writable } from 'node:stream'
import type { StoredEvent } from './event-repository.ts'

const pageSize = 100
/** Who does not take what was sent within this time is let go: they resume by the last id they got. */
const drainWithinMs = 20_000
/** What a page that has too many others open waits before it comes back. */
const oustedRetryMs = 60_000
const retryMs = 2_000

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
  mayHear: (event: StoredEvent) => Promise<boolean>
  /** Called after an event that may be the end of the connection. */
  onInstallationEvent: () => void
  onFailure: (error: unknown) => void
}) {
  const { client, since, mayHear, onInstallationEvent, onFailure } = parts
  let position = parts.startAfter
  let isWoken = false
  let isRunning = false
  let hasEnded = false
  const isOpen = () => !hasEnded
  let endsAfterNews = false
  let resumeWriting = () => {}
  client.on('drain', () => resumeWriting())
  client.once('close', () => {
    hasEnded = true
    resumeWriting()
  })

  async function write(text: string): Promise<void> {
    if (!isOpen() || client.write(text)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    resumeWriting = resolve
    const letGo = setTimeout(() => client.destroy(), drainWithinMs)
    await promise
    clearTimeout(letGo)
  }

  async function tell(stored: StoredEvent): Promise<void> {
    const { id, event } = stored
    const isHeard = await mayHear(stored)
    // An id alone moves on where the client resumes.
    await write(
      isHeard ? `event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(event)}\n\n` : `id: ${id}\n\n`,
    )
    position = id
    if (event.type === 'installation') onInstallationEvent()
  }

  async function run(): Promise<void> {
    isRunning = true
    try {
      while (isOpen() && isWoken) {
        isWoken = false
        const page = await since(position, pageSize)
        for (const stored of page) if (isOpen()) await tell(stored)
        if (page.length === pageSize) isWoken = true
      }
      if (endsAfterNews) end('over')
    } catch (error) {
      onFailure(error)
      client.destroy()
    } finally {
      isRunning = false
    }
  }

  function end(reason: 'over' | 'ousted'): void {
    if (!isOpen()) return
    hasEnded = true
    client.end(reason === 'ousted' ? `retry: ${oustedRetryMs}\n\n` : undefined)
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
      if (isOpen() && !client.writableNeedDrain) client.write(': beat\n\n')
    },

    end,

    /** As `end`, once all that happened until now is told. */
    endAfterNews(): void {
      endsAfterNews = true
      wake()
    },
  }
}
