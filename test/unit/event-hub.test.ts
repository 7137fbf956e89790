import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StoredEvent } from '../../server/events/event-repository.ts'
import { createEventHub } from '../../server/events/event-hub.ts'
import { AppError } from '../../server/errors.ts'
import { createLogger } from '../../server/logger.ts'

const minuteMs = 60_000
const session = { locationId: 'location', userId: 'user', assignedDataOnly: false }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const storedEvent = (id: number): StoredEvent => ({
  id,
  event: { type: 'contact', contactId: `contact-${id}`, at: '2026-11-21T10:00:00.000Z' },
})

/** One watcher, whose events come in as they are pushed; a client that does not read takes nothing. */
async function watch({ reads = true } = {}) {
  const stored: StoredEvent[] = []
  const state = { resume: () => Promise.resolve(session), mayHear: () => Promise.resolve(true), text: '' }
  const client = new Writable({
    highWaterMark: 64,
    write(chunk, _encoding, done) {
      state.text += String(chunk)
      if (reads) done()
    },
  })
  const hub = createEventHub({
    events: {
      since: async (_locationId, afterId, limit) => stored.filter(({ id }) => id > afterId).slice(0, limit),
      bounds: async () => ({ oldest: stored[0]?.id ?? 0, newest: stored.at(-1)?.id ?? 0 }),
    },
    mayHear: () => state.mayHear(),
    resume: () => state.resume(),
    watched: async () => {},
    logger: createLogger('silent'),
  })
  await hub.open({ client, session, authorization: undefined, lastEventId: undefined })
  const told = () => [...state.text.matchAll(/^data:/gm)].length
  return { stored, state, client, hub, told }
}

const refuse = (code: AppError['code']) => () => Promise.reject(new AppError(code, 'No.'))

describe('event streams', () => {
  it.each(['forbidden', 'unauthenticated', 'session_expired'] as const)(
    'When the session ends as %s, then nothing is told any more, however much there is to tell',
    async (code) => {
      const { stored, state, hub, client, told } = await watch()
      for (let id = 1; id <= 500; id += 1) stored.push(storedEvent(id))
      state.resume = refuse(code)
      // Each takes a moment to tell.
      state.mayHear = () => new Promise((resolve) => void setTimeout(() => resolve(true), 1_000))
      hub.wake('location')
      await pass(16_000)
      expect(client.writableEnded).toBe(true)
      const known = told()
      expect(known).toBeGreaterThan(0)
      await pass(minuteMs)
      expect(told()).toBe(known)
      hub.close()
    },
  )

  it('When the connection has ended, then what happened until then is told, and nothing later', async () => {
    const { stored, state, hub, client, told } = await watch()
    state.resume = refuse('reconnect_required')
    for (let id = 1; id <= 150; id += 1) stored.push(storedEvent(id))
    state.mayHear = () => new Promise((resolve) => void setTimeout(() => resolve(true), 500))
    hub.wake('location')
    await pass(20_000)
    for (let id = 151; id <= 300; id += 1) stored.push(storedEvent(id))
    await pass(3 * minuteMs)
    expect(client.writableEnded).toBe(true)
    expect(told()).toBe(150)
    hub.close()
  })

  it('When rights cannot be looked at again in passing, then they hold for five minutes', async () => {
    const { state, hub, client } = await watch()
    state.resume = refuse('upstream_unavailable')
    await pass(4 * minuteMs)
    expect(client.writableEnded).toBe(false)
    await pass(2 * minuteMs)
    expect(client.writableEnded).toBe(true)
    expect(state.text).toContain('retry: 10000')
    hub.close()
  })

  it('When an event cannot be told in passing, then the stream ends before it, to be resumed later', async () => {
    const { stored, state, hub, client, told } = await watch()
    stored.push(storedEvent(1))
    hub.wake('location')
    await pass(0)
    state.mayHear = refuse('upstream_unavailable')
    stored.push(storedEvent(2))
    hub.wake('location')
    await pass(0)
    expect(client.writableEnded).toBe(true)
    expect(told()).toBe(1)
    expect([...state.text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1]).toBe('1')
    expect(state.text).toContain('retry: 10000')
    hub.close()
  })

  it('When a stream has ended and its client does not read, then it is let go', async () => {
    const { stored, state, hub, client } = await watch({ reads: false })
    stored.push(storedEvent(1))
    hub.wake('location')
    state.resume = refuse('forbidden')
    await pass(16_000)
    expect(client.destroyed).toBe(false)
    await pass(30_000)
    expect(client.destroyed).toBe(true)
    hub.close()
  })
})
