import { createParser } from 'eventsource-parser'
import { ApiError, fromErrorBody } from './api-error.ts'

/** The browser's `fetch`, or what stands in for it. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>

/** No answer at all within this time: a proxy may hold it back. */
const answerWithinMs = 15_000
/** The server sends at least a comment every 20 s; a connection that is silent for longer than this is dead. */
const silenceMs = 45_000
/** No event comes near this (characters); a server that sends more than this in one is not ours. */
const maxEventLength = 65_536

type OpenParts = { fetch: Fetch; token: string; lastEventId: string | null; connection: AbortController }

async function refusalOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  return fromErrorBody(body, response.headers.get('retry-after'), undefined)
}

/** Asks for the event stream; throws `ApiError` where it is refused or does not come. */
export async function openEventResponse({ fetch, token, lastEventId, connection }: OpenParts) {
  const giveUp = setTimeout(() => connection.abort(), answerWithinMs)
  try {
    const response = await fetch('/api/events', {
      headers: {
        Accept: 'text/event-stream',
        Authorization: `Bearer ${token}`,
        ...(lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }),
      },
      cache: 'no-store',
      signal: connection.signal,
    })
    if (!response.ok) throw await refusalOf(response)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    if (!isStream || !response.body) throw new ApiError({ code: 'unexpected' })
    return response.body
  } catch (thrown) {
    throw thrown instanceof ApiError ? thrown : new ApiError({ code: 'no_answer', cause: thrown })
  } finally {
    clearTimeout(giveUp)
  }
}

type ReadParts = {
  body: ReadableStream<Uint8Array<ArrayBuffer>>
  connection: AbortController
  onId: (id: string) => void
  onRetry: (ms: number) => void
  onData: (data: string) => void
}

/** Reads until the stream ends, fails or is silent for too long; never throws, since all of them mean "again". */
export async function readEvents({ body, connection, onId, onRetry, onData }: ReadParts): Promise<void> {
  const parser = createParser({
    onId,
    onRetry,
    onEvent: ({ data }) => onData(data),
    maxBufferSize: maxEventLength,
  })
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let silence: ReturnType<typeof setTimeout> | undefined
  try {
    while (!connection.signal.aborted) {
      clearTimeout(silence)
      silence = setTimeout(() => connection.abort(), silenceMs)
      const { done, value } = await reader.read()
      if (done) return
      parser.feed(value)
    }
  } catch {
    return
  } finally {
    clearTimeout(silence)
    connection.abort()
  }
}
