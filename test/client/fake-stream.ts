import type { LocationEvent } from '../../shared/event-contract.ts'
import { type Answer } from './fake-server.ts'

export type StreamOpening = {
  token: string | undefined
  lastEventId: string | null
  signal: AbortSignal
  /** Text as it comes over the wire. */
  write(text: string): void
  /** The server ends it. */
  end(): void
  /** The connection breaks. */
  lose(): void
}

const encoder = new TextEncoder()

/** Something happened in the location, with what a test does not care about filled in. */
export function eventText(id: string, event: Partial<LocationEvent>): string {
  const data = { type: 'message', contactId: 'contact-1', at: '2026-11-21T10:00:00.000Z', ...event }
  return `id: ${id}\nevent: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** `GET /api/events` as the page sees it: each opening is one connection, refused where a refusal is prepared. */
export function createFakeStream() {
  const openings: StreamOpening[] = []
  const refusals: (Answer | 'lost')[] = []

  function accept(headers: Headers, signal: AbortSignal): Response {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const quietly = (done: Promise<void>) => void done.catch(() => undefined)
    signal.addEventListener('abort', () => quietly(writer.abort(signal.reason)))
    openings.push({
      token: headers.get('authorization')?.replace('Bearer ', ''),
      lastEventId: headers.get('last-event-id'),
      signal,
      write: (text) => quietly(writer.write(encoder.encode(text))),
      end: () => quietly(writer.close()),
      lose: () => quietly(writer.abort(new TypeError('network error'))),
    })
    return new Response(readable, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
  }

  const fakeFetch: typeof fetch = async (_input, init) => {
    const signal = init?.signal ?? new AbortController().signal
    signal.throwIfAborted()
    const refusal = refusals.shift()
    if (refusal === undefined) return accept(new Headers(init?.headers), signal)
    if (refusal === 'lost') throw new TypeError('Failed to fetch')
    return Response.json(refusal.body, { status: refusal.status, headers: refusal.headers ?? {} })
  }

  return {
    fetch: fakeFetch,
    /** Every connection that was made so far. */
    openings,
    /** The next tries are answered so, in this order. */
    refuse: (...answers: (Answer | 'lost')[]) => refusals.push(...answers),
    /** The connection made last. */
    latest(): StreamOpening {
      const opening = openings.at(-1)
      if (!opening) throw new Error('No event stream was opened')
      return opening
    },
  }
}
