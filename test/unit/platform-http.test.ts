import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createPlatformHttp, type PlatformCall } from '../../server/highlevel/platform-http.ts'
import { runWithContext } from '../../server/request-context.ts'

const servers: { close(): void }[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

function listen(server: Server | ReturnType<typeof createSocketServer>): Promise<string> {
  servers.push(server)
  const { promise, resolve } = Promise.withResolvers<string>()
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  return promise
}

async function against(listener: RequestListener) {
  const http = connect(await listen(createServer(listener)))
  return (call: Partial<PlatformCall> = {}) =>
    http.exchange({ method: 'GET', path: '/thing', effect: 'read', ...call })
}

function connect(baseUrl: string) {
  const http = createPlatformHttp({ baseUrl, random: () => 0 })
  onTestFinished(() => http.close())
  return http
}

describe('platform http', () => {
  it('When a call is made, then method, query, headers and JSON arrive as given', async () => {
    const seen: unknown[] = []
    const exchange = await against((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { version, authorization, 'content-type': type } = request.headers
        seen.push([
          request.method,
          request.url,
          version,
          authorization,
          type,
          Buffer.concat(chunks).toString(),
        ])
        response.writeHead(201, { 'content-type': 'application/json' }).end('{"ok":true}')
      })
    })
    const answer = await exchange({
      method: 'DELETE',
      effect: 'write',
      query: { phone: '+15550001111', none: undefined },
      body: { tags: ['ä'] },
      version: '2021-07-28',
      token: 'secret',
    })
    expect(answer).toEqual({ status: 201, body: { ok: true } })
    expect(seen).toEqual([
      [
        'DELETE',
        '/thing?phone=%2B15550001111',
        '2021-07-28',
        'Bearer secret',
        'application/json',
        '{"tags":["ä"]}',
      ],
    ])
  })

  it('When a form is sent, then it is form-encoded', async () => {
    let type: string | undefined
    const exchange = await against((request, response) => {
      type = request.headers['content-type']
      request.resume().on('end', () => response.end('{}'))
    })
    await exchange({ method: 'POST', effect: 'write', body: new URLSearchParams({ a: 'b' }) })
    expect(type).toMatch(/^application\/x-www-form-urlencoded/)
  })

  it('When a redirect is answered, then it is not followed', async () => {
    const exchange = await against(
      (_request, response) => void response.writeHead(302, { location: '/other' }).end(),
    )
    expect(await exchange()).toMatchObject({ status: 302 })
  })

  it('When a read fails in passing, then it is tried again', async () => {
    let calls = 0
    const exchange = await against((request, response) => {
      calls += 1
      if (calls === 1) return void request.socket.destroy()
      response.writeHead(calls === 2 ? 503 : 200).end('{}')
    })
    expect(await exchange()).toMatchObject({ status: 200 })
    expect(calls).toBe(3)
  })

  it('When no answer comes, then the error and its causes hold no token', async () => {
    const exchange = await against((request) => request.socket.destroy())
    const error: unknown = await exchange({ method: 'POST', effect: 'write', token: 'the-token' }).catch(
      (reason: unknown) => reason,
    )
    const told: string[] = []
    for (let one = error; one instanceof Error; one = one.cause)
      told.push(String(one.stack), JSON.stringify(one))
    expect(told.length).toBeGreaterThan(2)
    expect(told.join()).not.toContain('the-token')
  })

  it('When the answer to a write is lost, then its outcome is unknown and it is not sent again', async () => {
    let calls = 0
    const exchange = await against((request) => {
      calls += 1
      request.resume().on('end', () => request.socket.destroy())
    })
    await expect(exchange({ method: 'POST', effect: 'write', body: {} })).rejects.toMatchObject({
      code: 'outcome_unknown',
    })
    expect(calls).toBe(1)
  })

  it('When it is closed while a call hangs, then that is cut off', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>()
    const http = connect(await listen(createServer(() => resolve())))
    const call = http.exchange({ method: 'POST', path: '/thing', effect: 'write', body: {} })
    const outcome = call.catch((error: unknown) => error)
    await arrived
    await http.close()
    expect(await outcome).toMatchObject({ code: 'outcome_unknown' })
  }, 5_000)

  it('When no connection can be made, then a write provably did not happen', async () => {
    const server = createSocketServer()
    const origin = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    const http = connect(origin)
    await expect(
      http.exchange({ method: 'POST', path: '/thing', effect: 'write', body: {} }),
    ).rejects.toMatchObject({ code: 'upstream_unavailable', retryable: true })
  })

  it('When the time of a request runs out, then a write that was sent has an unknown outcome', async () => {
    const exchange = await against((request) => void request.resume())
    const context = { requestId: 'r', deadlineAt: performance.now() + 700, priority: 'person' as const }
    await expect(
      runWithContext(context, () => exchange({ method: 'POST', effect: 'write', body: {} })),
    ).rejects.toMatchObject({ code: 'outcome_unknown' })
  })

  it('When a request has no time left, then nothing is sent', async () => {
    let calls = 0
    const exchange = await against((_request, response) => {
      calls += 1
      response.end('{}')
    })
    const context = { requestId: 'r', deadlineAt: performance.now(), priority: 'person' as const }
    await expect(
      runWithContext(context, () => exchange({ method: 'POST', effect: 'write', body: {} })),
    ).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(calls).toBe(0)
  })

  it('When the platform refuses for pace, then even a write is repeated once the pause is over', async () => {
    let calls = 0
    const exchange = await against((request, response) => {
      calls += 1
      request.resume().on('end', () => {
        if (calls === 1) response.writeHead(429, { 'x-ratelimit-interval-milliseconds': '50' }).end('{}')
        else response.writeHead(201).end('{}')
      })
    })
    expect(await exchange({ method: 'POST', effect: 'write', body: {}, paceKey: 'a' })).toMatchObject({
      status: 201,
    })
    expect(calls).toBe(2)
  })

  it('When the pause that the platform asks for is longer than the request lives, then it is said at once', async () => {
    const exchange = await against(
      (_request, response) => void response.writeHead(429, { 'retry-after': '60' }).end(),
    )
    const context = { requestId: 'r', deadlineAt: performance.now() + 5_000, priority: 'person' as const }
    const error = await runWithContext(context, () => exchange({ paceKey: 'a' })).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'rate_limited' })
    expect(Number(Reflect.get(Object(error), 'retryAfterMs'))).toBeGreaterThan(55_000)
  })

  it('When the platform is out for seconds, then calls are refused at once, unsent, until it is back', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] })
    onTestFinished(() => void vi.useRealTimers())
    let isOut = true
    let calls = 0
    const exchange = await against((_request, response) => {
      calls += 1
      response.writeHead(isOut ? 503 : 200).end('{}')
    })
    const write = () => exchange({ method: 'POST', effect: 'write', body: {} })
    for (let nth = 0; nth < 15; nth += 1) {
      await write()
      vi.advanceTimersByTime(300)
    }
    calls = 0
    const refusal: unknown = await write().catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'upstream_unavailable', retryable: true })
    expect(Number(Reflect.get(Object(refusal), 'retryAfterMs'))).toBeGreaterThan(0)
    expect(calls).toBe(0)

    isOut = false
    vi.advanceTimersByTime(2_000)
    expect(await write()).toMatchObject({ status: 200 })
    expect(await write()).toMatchObject({ status: 200 })
  })
})
