import { afterEach, describe, expect, test, vi } from 'vitest'
import { watch } from 'vue'
import { PlatformSilent } from '../../client/composables/usePlatformContext.ts'
import { failure, ok } from './fake-server.ts'
import { createStandardServer, startParts, willingPlatform } from './page-harness.ts'
import { sampleSession } from './sample-data.ts'

/** Sessions with a new token each: token-1, token-2, … */
function serverWithRotatingTokens() {
  const server = createStandardServer()
  let opened = 0
  server.on('POST /api/session', () => {
    opened += 1
    return ok(sampleSession({ token: `token-${opened}` }))
  })
  return server
}

const reconnect = failure('reconnect_required', 409, { installUrl: 'https://app.example/oauth/install' })

describe('session of the page', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('When calls are made before the session is there, then they wait and share one handshake', async () => {
    const { api, server, platform } = startParts({ platform: willingPlatform() })
    await Promise.all([api.listTags(), api.listUsers(), api.listPhoneNumbers()])
    expect(server.callsTo('POST /api/session')).toHaveLength(1)
    expect(server.callsTo('GET /api/tags')[0]?.token).toBe('token-1')
    expect(platform).toMatchObject({ embedded: true })
  })

  test.each(['session_expired', 'unauthenticated'] as const)(
    'When many calls are refused as %s, then one handshake serves all and each is repeated once',
    async (code) => {
      const server = serverWithRotatingTokens()
      for (const path of ['tags', 'users', 'phone-numbers']) {
        server.on(`GET /api/${path}`, ({ token }) =>
          token === 'token-1' ? failure(code, 401) : ok({ [path]: [] }),
        )
      }
      const { api } = startParts({ server })
      await Promise.all([api.listTags(), api.listUsers(), api.listPhoneNumbers()])
      expect(server.callsTo('POST /api/session')).toHaveLength(2)
      for (const path of ['tags', 'users', 'phone-numbers']) {
        expect(server.callsTo(`GET /api/${path}`).map((call) => call.token)).toEqual(['token-1', 'token-2'])
      }
    },
  )

  test('When the new token is refused too, then the failure is told and nothing loops', async () => {
    const server = serverWithRotatingTokens()
    server.on('GET /api/tags', failure('session_expired', 401))
    const { api } = startParts({ server })
    await expect(api.listTags()).rejects.toMatchObject({ code: 'session_expired', requestId: 'req_test' })
    expect(server.callsTo('GET /api/tags')).toHaveLength(2)
  })

  test('When a call says that the connection is lost but a fresh handshake works, then it is repeated', async () => {
    const server = serverWithRotatingTokens()
    server.on('GET /api/tags', ({ token }) => (token === 'token-1' ? reconnect : ok({ tags: [] })))
    const { api, session } = startParts({ server })
    await expect(api.listTags()).resolves.toEqual({ tags: [] })
    expect(session.state).toEqual({ status: 'ready' })
  })

  test('When the connection is really lost, then the page offers to connect again', async () => {
    const server = serverWithRotatingTokens()
    server.on('GET /api/tags', reconnect)
    const { api, session } = startParts({ server })
    await expect(api.listTags()).rejects.toMatchObject({ code: 'reconnect_required' })
    expect(session.state).toEqual({
      status: 'reconnect',
      installUrl: 'https://app.example/oauth/install',
      wasConnected: true,
    })
    await expect(api.listUsers()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(server.callsTo('POST /api/session')).toHaveLength(2)
  })

  test('When it was never installed, then the page knows that', async () => {
    const server = createStandardServer()
    server.on('POST /api/session', reconnect)
    const { session } = startParts({ server })
    await vi.waitFor(() => expect(session.state).toMatchObject({ status: 'reconnect', wasConnected: false }))
  })

  test.each([
    ['location_suspended', 409],
    ['location_required', 403],
    ['forbidden', 403],
  ] as const)(
    'When the session is refused as %s, then the page has a state of its own for it',
    async (code, status) => {
      const server = createStandardServer()
      server.on('POST /api/session', failure(code, status))
      const { session } = startParts({ server })
      await vi.waitFor(() => expect(session.state).toEqual({ status: 'refused', code }))
    },
  )

  test('When only one action is forbidden, then the session stays', async () => {
    const server = createStandardServer()
    server.on('GET /api/installation', failure('forbidden', 403))
    const { api, session } = startParts({ server })
    await expect(api.getInstallation()).rejects.toMatchObject({ code: 'forbidden' })
    expect(session.state).toEqual({ status: 'ready' })
  })

  test('When the CRM is silent and then answers on retry, then the page recovers', async () => {
    const answers = [() => Promise.reject(new PlatformSilent()), () => Promise.resolve('context')]
    const platform = { embedded: true, request: () => answers.shift()?.() ?? Promise.resolve('context') }
    const { session, api } = startParts({ platform })
    await vi.waitFor(() => expect(session.state).toEqual({ status: 'silent' }))
    await session.retry()
    expect(session.state).toEqual({ status: 'ready' })
    expect(session.recoveries).toBe(1)
    await expect(api.listUsers()).resolves.toMatchObject({ users: [{ id: 'user-me' }, {}] })
  })

  test('When the page stands alone, then it asks nobody', async () => {
    const platform = { ...willingPlatform(), embedded: false }
    const { session, server, api } = startParts({ platform })
    await session.retry()
    await expect(api.listTags()).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(session.state).toEqual({ status: 'standalone' })
    expect(platform.asked()).toBe(0)
    expect(server.calls).toEqual([])
  })

  test('When the token nears its end, then it is renewed without a call failing', async () => {
    vi.useFakeTimers()
    const server = serverWithRotatingTokens()
    const { api } = startParts({ server })
    await api.listTags()
    await vi.advanceTimersByTimeAsync(14 * 60_000 + 1_000)
    await api.listTags()
    expect(server.callsTo('GET /api/tags').map((call) => call.token)).toEqual(['token-1', 'token-2'])
  })

  test('When an early renewal fails, then the page works on with the token it has', async () => {
    vi.useFakeTimers()
    const server = createStandardServer()
    const { api, session } = startParts({ server })
    await api.listTags()
    const states: string[] = []
    watch(
      () => session.state.status,
      (status) => states.push(status),
      { flush: 'sync' },
    )
    server.on('POST /api/session', failure('upstream_unavailable', 503))
    await vi.advanceTimersByTimeAsync(14 * 60_000 + 1_000)
    expect(server.callsTo('POST /api/session')).toHaveLength(2)
    expect(states).toEqual([])
    await expect(api.listTags()).resolves.toBeDefined()
  })

  test('When a renewal speaks for another sub-account, then no call goes there and the page starts over', async () => {
    const server = createStandardServer()
    server.on('GET /api/tags', failure('session_expired', 401))
    const { api, session } = startParts({ server })
    await api.listUsers()
    const elsewhere = { id: 'location-2', name: 'Elsewhere', timezone: 'UTC' }
    server.on('POST /api/session', () => ok(sampleSession({ token: 'token-2', location: elsewhere })))
    await expect(api.listTags()).rejects.toMatchObject({ code: 'session_expired' })
    expect(session.state).toEqual({ status: 'switched' })
    expect(server.callsTo('GET /api/tags')).toHaveLength(1)
  })

  test('When the page runs, then its token is in memory only', async () => {
    const { api } = startParts()
    await api.listTags()
    const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])
    expect(kept).not.toContain('token-1')
    expect([localStorage.length, document.cookie]).toEqual([0, ''])
  })
})
