import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type ContextFrame,
  PlatformSilent,
  usePlatformContext,
} from '../../client/composables/usePlatformContext.ts'

/** Our frame in a CRM that answers when told to. */
function createFrame() {
  const listeners = new Set<(event: MessageEvent<unknown>) => void>()
  const asked: unknown[][] = []
  const parent = { postMessage: (...parameters: unknown[]) => void asked.push(parameters) }
  const frame: ContextFrame = {
    parent,
    setInterval: (handler, timeoutMs) => window.setInterval(handler, timeoutMs),
    setTimeout: (handler, timeoutMs) => window.setTimeout(handler, timeoutMs),
    clearInterval: (id) => window.clearInterval(id),
    clearTimeout: (id) => window.clearTimeout(id),
    addEventListener: (_type, listener) => listeners.add(listener),
    removeEventListener: (_type, listener) => listeners.delete(listener),
  }
  function receive(data: unknown, source: unknown = parent): void {
    const event = new MessageEvent<unknown>('message', { data })
    Object.defineProperty(event, 'source', { value: source })
    for (const listener of listeners) listener(event)
  }
  return { frame, asked, listeners, receive }
}

const answer = (payload: unknown) => ({ message: 'REQUEST_USER_DATA_RESPONSE', payload })

describe('platform context', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('When the CRM is slow to listen, then it is asked again until it answers, and no longer', async () => {
    const { frame, asked, listeners, receive } = createFrame()
    const request = usePlatformContext(frame).request()
    expect(asked).toEqual([[{ message: 'REQUEST_USER_DATA' }, '*']])
    vi.advanceTimersByTime(1_500)
    expect(asked).toHaveLength(3)
    receive(answer('secret'))
    await expect(request).resolves.toBe('secret')
    vi.advanceTimersByTime(20_000)
    expect(asked).toHaveLength(3)
    expect(listeners.size).toBe(0)
  })

  test.each([
    ['another window', answer('forged'), {}],
    ['the CRM, about something else', { message: 'SOMETHING', payload: 'x' }, undefined],
    ['the CRM, with an empty payload', answer(''), undefined],
    ['the CRM, with an object as payload', answer({ encryptedData: 'x' }), undefined],
    ['the CRM, with no object at all', 'REQUEST_USER_DATA_RESPONSE', undefined],
  ])('When a message comes from %s, then it is not taken', async (_from, data, source) => {
    const { frame, receive } = createFrame()
    const request = usePlatformContext(frame).request()
    receive(data, source)
    receive(answer('true one'))
    await expect(request).resolves.toBe('true one')
  })

  test('When nobody answers for ten seconds, then it gives up and stops listening', async () => {
    const { frame, asked, listeners } = createFrame()
    const request = usePlatformContext(frame).request()
    const outcome = request.catch((thrown: unknown) => thrown)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await outcome).toBeInstanceOf(PlatformSilent)
    const askedSoFar = asked.length
    vi.advanceTimersByTime(10_000)
    expect(asked).toHaveLength(askedSoFar)
    expect(listeners.size).toBe(0)
  })

  test('When the page is its own parent, then it knows that it stands alone', () => {
    expect(usePlatformContext(window).embedded).toBe(false)
    expect(usePlatformContext(createFrame().frame).embedded).toBe(true)
  })
})
