import { afterEach, describe, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { mergeTimeline } from '../../client/composables/timeline-merge.ts'
import { hasOpenMessage, useTimeline } from '../../client/composables/useTimeline.ts'
import { failure, ok } from './fake-server.ts'
import { createStandardServer, startParts } from './page-harness.ts'
import { sampleTimelineMessage as message } from './sample-data.ts'

const at = (minute: number) => `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`

function startTimeline(server = createStandardServer()) {
  const { app } = startParts({ server })
  const scope = effectScope()
  const timeline = scope.run(() => app.runWithContext(() => useTimeline('contact-1')))
  if (!timeline) throw new Error('The timeline did not start')
  return { timeline, server, stop: () => scope.stop() }
}

describe('conversation', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('When pages overlap, then each item shows once, the oldest first, in its latest state', () => {
    const known = [message({ id: 'b', at: at(2), status: 'pending' }), message({ id: 'c', at: at(3) })]
    const merged = mergeTimeline(known, [
      message({ id: 'c', at: at(3) }),
      message({ id: 'b', at: at(2), status: 'delivered' }),
      { kind: 'note', id: 'b', at: at(1), body: 'A note with the same id', userId: null },
    ])
    expect(merged.map((item) => `${item.kind} ${item.id}`)).toEqual(['note b', 'message b', 'message c'])
    expect(merged[1]).toMatchObject({ status: 'delivered' })
  })

  test.each([
    ['outbound and pending', message({ direction: 'outbound', status: 'pending', at: at(1) }), true],
    ['outbound and sent', message({ direction: 'outbound', status: 'sent', at: at(1) }), true],
    ['delivered', message({ direction: 'outbound', status: 'delivered', at: at(1) }), false],
    ['inbound', message({ direction: 'inbound', status: 'pending', at: at(1) }), false],
    ['an hour old', message({ direction: 'outbound', status: 'sent', at: '2026-11-20T09:00:00Z' }), false],
  ])('When a message is %s, then it is followed only if more may come', (_what, item, expected) => {
    expect(hasOpenMessage([item], Date.parse(at(5)))).toBe(expected)
  })

  test('When earlier messages are asked for, then they come before, until there are no more', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id/timeline', ({ params }) =>
      params['cursor'] === 'older'
        ? ok({ items: [message({ id: 'old', at: at(1) })], nextCursor: null })
        : ok({ items: [message({ id: 'new', at: at(2) })], nextCursor: 'older' }),
    )
    const { timeline, stop } = startTimeline(server)
    await vi.waitFor(() => expect(timeline.state.value.status).toBe('ready'))
    expect(timeline.older.value).toBe('idle')
    await timeline.loadOlder()
    await timeline.loadOlder()
    expect(timeline.items.value.map((item) => item.id)).toEqual(['old', 'new'])
    expect(timeline.older.value).toBe('end')
    expect(server.calls.filter((call) => call.path.endsWith('/timeline'))).toHaveLength(2)
    stop()
  })

  test('When a text is on its way, then it is asked for until it has arrived, ever more rarely', async () => {
    vi.useFakeTimers()
    const server = createStandardServer()
    const asked: number[] = []
    server.on('GET /api/contacts/:id/timeline', () => {
      asked.push(Date.now())
      const status = asked.length < 4 ? 'sent' : 'delivered'
      const item = message({ direction: 'outbound', status, at: new Date().toISOString() })
      return ok({ items: [item], nextCursor: null })
    })
    const { timeline, stop } = startTimeline(server)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(timeline.items.value).toMatchObject([{ status: 'delivered' }])
    const pauses = asked.slice(1).map((time, index) => time - (asked[index] ?? 0))
    expect(pauses).toEqual([2_000, 3_000, 4_500])
    stop()
  })

  test('When the view is left, then nothing is asked any more', async () => {
    vi.useFakeTimers()
    const server = createStandardServer()
    const pending = () => message({ direction: 'outbound', status: 'pending', at: new Date().toISOString() })
    server.on('GET /api/contacts/:id/timeline', () => ok({ items: [pending()], nextCursor: null }))
    const { stop } = startTimeline(server)
    await vi.advanceTimersByTimeAsync(1_000)
    stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.calls.filter((call) => call.path.endsWith('/timeline'))).toHaveLength(1)
  })

  test('When it cannot be loaded, then that is a state, and a reload mends it', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id/timeline', failure('upstream_failed', 502))
    const { timeline, stop } = startTimeline(server)
    await vi.waitFor(() => expect(timeline.state.value).toMatchObject({ status: 'error' }))
    server.on('GET /api/contacts/:id/timeline', ok({ items: [message()], nextCursor: null }))
    await timeline.reload()
    expect(timeline.state.value).toEqual({ status: 'ready' })
    stop()
  })

  test('When it could not be loaded and the connection is back, then it is loaded without being asked', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id/timeline', failure('upstream_failed', 502))
    const { timeline, stop } = startTimeline(server)
    await vi.waitFor(() => expect(timeline.state.value).toMatchObject({ status: 'error' }))
    server.on('GET /api/contacts/:id/timeline', ok({ items: [message()], nextCursor: null }))
    window.dispatchEvent(new Event('online'))
    await vi.waitFor(() => expect(timeline.state.value).toEqual({ status: 'ready' }))
    stop()
    const { length } = server.calls
    window.dispatchEvent(new Event('online'))
    expect(server.calls).toHaveLength(length)
  })
})
