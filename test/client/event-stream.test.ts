import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LocationEvent } from '../../shared/event-contract.ts'
import {
  createEventStream,
  type EventStream,
  retryPauseMs,
  type StreamState,
} from '../../client/api/live-stream.ts'
import { toLocationEvent } from '../../client/api/location-event.ts'
import type { SessionTokens } from '../../client/api/session-http.ts'
import { failure } from './fake-server.ts'
import { createFakeStream, eventText } from './fake-stream.ts'

function createTokens() {
  let number = 1
  const lost: string[] = []
  const session: SessionTokens = {
    current: async () => `token-${number}`,
    renew: async (rejected) => {
      if (rejected === `token-${number}`) number += 1
      return `token-${number}`
    },
    lose: (error) => lost.push(error.code),
  }
  return { session, lost }
}

let running: EventStream | null = null

function startStream(lastEventId: string | null = null) {
  const server = createFakeStream()
  const tokens = createTokens()
  const events: LocationEvent[] = []
  const openings: boolean[] = []
  const states: StreamState[] = []
  const stream = createEventStream({
    fetch: server.fetch,
    session: tokens.session,
    random: () => 1,
    elapsed: () => Date.now(),
    lastEventId,
    onEvent: (event) => events.push(event),
    onOpen: ({ isComplete }) => openings.push(isComplete),
    onState: (state) => {
      if (states.at(-1) !== state) states.push(state)
    },
  })
  running = stream
  return { server, events, openings, states, stream, lost: tokens.lost }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('event stream', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    running?.close()
    running = null
    vi.useRealTimers()
  })

  test('When events come in pieces, then each is told once, with what the page knows of it', async () => {
    const { server, events, openings } = startStream()
    await pass(0)
    const text = eventText('7', { type: 'message_status', messageId: 'm-1', status: 'delivered' })
    for (const piece of [
      ': hello\n\n',
      text.slice(0, 30),
      text.slice(30),
      eventText('8', { type: 'task' }),
    ]) {
      server.latest().write(piece)
    }
    await pass(0)
    expect(events).toMatchObject([
      { type: 'message_status', messageId: 'm-1', status: 'delivered', contactId: 'contact-1' },
      { type: 'task' },
    ])
    expect(server.latest()).toMatchObject({ token: 'token-1', lastEventId: null })
    expect(openings).toEqual([false])
  })

  test('When the connection breaks, then the next one comes soon and goes on after the last event', async () => {
    const { server, events, openings, states } = startStream()
    await pass(0)
    server.latest().write(eventText('41', { type: 'note' }))
    await pass(0)
    server.latest().lose()
    await pass(1_000)
    expect(server.openings).toHaveLength(2)
    expect(server.latest().lastEventId).toBe('41')
    server.latest().write(eventText('42', { type: 'task' }))
    await pass(0)
    expect(events.map(({ type }) => type)).toEqual(['note', 'task'])
    expect(openings).toEqual([false, true])
    expect(states).toEqual(['waiting', 'open', 'waiting', 'open'])
  })

  test('When only an id was sent yet, then the next connection goes on after it all the same', async () => {
    const { server } = startStream()
    await pass(0)
    server.latest().write('id: 12\n\n')
    await pass(0)
    server.latest().end()
    await pass(1_000)
    expect(server.latest().lastEventId).toBe('12')
  })

  test('When it cannot be reached, then the pauses grow up to half a minute', async () => {
    const { server } = startStream()
    server.refuse(...Array.from({ length: 12 }, () => 'lost' as const))
    await pass(4 * 60_000)
    expect(server.openings.length).toBeGreaterThan(0)
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((failures) => retryPauseMs(failures, 1))
    expect(pauses).toEqual([400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
    expect(pauses.map((_pause, failures) => retryPauseMs(failures, 0))).toEqual(
      pauses.map((most) => most / 2),
    )
  })

  test('When connections break as soon as they stand, then they are tried ever more rarely', async () => {
    const { server } = startStream()
    const openedAt: number[] = []
    for (let turn = 0; turn < 6; turn += 1) {
      while (server.openings.length <= turn) await pass(100)
      openedAt.push(Date.now())
      server.latest().end()
    }
    const pauses = openedAt.slice(1).map((time, index) => time - (openedAt[index] ?? 0))
    expect(pauses.at(-1)).toBeGreaterThan(4 * (pauses[0] ?? 0))
  })

  test('When the server says how long to wait, then it is not asked before', async () => {
    const { server, stream } = startStream()
    server.refuse(failure('rate_limited', 429, undefined, { 'retry-after': '20' }))
    await pass(19_000)
    expect(server.openings).toEqual([])
    await pass(2_000)
    expect(server.openings).toHaveLength(1)
    stream.close()
  })

  test('When heartbeats come, then it stays; when they stop, then another connection is made', async () => {
    const { server } = startStream()
    await pass(0)
    for (let beat = 0; beat < 6; beat += 1) {
      await pass(20_000)
      server.latest().write(': beat\n\n')
    }
    await pass(44_000)
    expect(server.openings).toHaveLength(1)
    await pass(2_000)
    expect(server.openings[0]?.signal.aborted).toBe(true)
    expect(server.openings).toHaveLength(2)
  })

  test.each(['session_expired', 'unauthenticated', 'reconnect_required'] as const)(
    'When it is refused as %s and a fresh handshake helps, then it opens with the new token',
    async (code) => {
      const { server, lost } = startStream()
      server.refuse(failure(code, code === 'reconnect_required' ? 409 : 401))
      await pass(0)
      expect(server.latest().token).toBe('token-2')
      expect(lost).toEqual([])
    },
  )

  test.each(['reconnect_required', 'location_suspended'] as const)(
    'When the installation is %s, then the session hears of it',
    async (code) => {
      const { server, lost } = startStream()
      server.refuse(failure(code, 409), failure(code, 409))
      await pass(0)
      expect(lost).toEqual([code])
    },
  )

  test('When something else answers, then that is no stream and it is tried again', async () => {
    const { server, events } = startStream()
    server.refuse({ status: 200, body: { hello: 'captive portal' } })
    await pass(2_000)
    expect(events).toEqual([])
    expect(server.openings).toHaveLength(1)
  })

  test('When one event never ends, then it is not kept without bounds', async () => {
    const { server, events } = startStream()
    await pass(0)
    for (let piece = 0; piece < 20; piece += 1) server.openings[0]?.write(`data: ${'x'.repeat(8_000)}`)
    await pass(2_000)
    expect(server.openings[0]?.signal.aborted).toBe(true)
    expect(server.openings).toHaveLength(2)
    expect(events).toEqual([])
  })

  test('When it sleeps, then nothing is connected until it is hurried, and then it goes on', async () => {
    const { server, stream, states } = startStream('5')
    await pass(0)
    stream.sleep()
    await pass(4 * 60_000)
    expect(server.openings).toHaveLength(1)
    expect(server.openings[0]?.signal.aborted).toBe(true)
    stream.hurry()
    await pass(0)
    expect(server.openings).toHaveLength(2)
    expect(server.latest().lastEventId).toBe('5')
    expect(states).toEqual(['waiting', 'open', 'asleep', 'waiting', 'open'])
  })

  test('When it slept for long, then it begins anew and says that something was missed', async () => {
    const { server, stream, openings } = startStream('5')
    await pass(0)
    stream.sleep()
    await pass(6 * 60_000)
    stream.hurry()
    await pass(0)
    expect(openings).toEqual([true, false])
    expect(server.openings.map(({ lastEventId }) => lastEventId)).toEqual(['5', null])
  })

  test('When it is closed in a pause, then it never comes back', async () => {
    const { server, stream } = startStream()
    server.refuse('lost')
    await pass(0)
    stream.close()
    await pass(60_000)
    expect(server.openings).toEqual([])
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['a type of a later version', '{"type":"call","contactId":"c","at":""}'],
  ])('When the data is %s, then it is left alone', (_what, data) => {
    expect(toLocationEvent(data)).toBeNull()
  })

  test('When fields are not what was agreed on, then they are left out', () => {
    const data = { type: 'message', contactId: 7, at: null, messageId: {}, status: 'odd', direction: 'up' }
    expect(toLocationEvent(JSON.stringify(data))).toEqual({ type: 'message', contactId: null, at: '' })
  })
})
