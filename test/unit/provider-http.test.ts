import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { parseWithTextIds } from '../../server/providers/long-ids.ts'
import { createProviderHttp, ProviderTransportError } from '../../server/providers/provider-http.ts'

const secret = 'Basic c2VjcmV0'
const servers: Server[] = []

async function originOf(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

const httpTo = async (listener: RequestListener, timeoutMs?: number) =>
  createProviderHttp({
    baseUrl: `${await originOf(createServer(listener))}/v1`,
    authorization: () => secret,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })

async function failureOf(work: Promise<unknown>): Promise<ProviderTransportError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProviderTransportError)) throw new Error('it did not fail in transport')
  return error
}

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') {
        server.closeAllConnections()
      }
      return new Promise((resolve) => server.close(resolve))
    }),
  )
})

describe('provider http', () => {
  it('When a call is made, then path, query, body and authorization arrive as given', async () => {
    const seen: Record<string, unknown> = {}
    const http = await httpTo((request: IncomingMessage, response: ServerResponse) => {
      Object.assign(seen, {
        method: request.method,
        url: request.url,
        authorization: request.headers.authorization,
        type: request.headers['content-type'],
      })
      request.setEncoding('utf8').on('data', (chunk: string) => Object.assign(seen, { body: chunk }))
      request.on('end', () => response.writeHead(201, { 'X-Request-Id': 'abc-1' }).end('[1]'))
    })

    const answer = await http.exchange({
      method: 'POST',
      path: '/messages',
      query: { filter: 'type=SENT&id<5', at: '2026-01-01T00:00:00+02:00', none: undefined },
      body: [{ to: '+1' }],
    })

    expect(answer).toEqual({ status: 201, text: '[1]', retryAfterMs: null, requestId: 'abc-1' })
    expect(seen).toEqual({
      method: 'POST',
      url: '/v1/messages?filter=type%3DSENT%26id%3C5&at=2026-01-01T00%3A00%3A00%2B02%3A00',
      authorization: secret,
      type: 'application/json',
      body: '[{"to":"+1"}]',
    })
  })

  it.each([302, 401, 429, 500])(
    'When it answers %i, then that is an answer and nothing is followed',
    async (status) => {
      let calls = 0
      const http = await httpTo((_request, response) => {
        calls += 1
        response.writeHead(status, { Location: '/elsewhere', 'Retry-After': '7' }).end('<html>')
      })

      const answer = await http.exchange({ method: 'GET', path: '/profile' })

      expect(answer).toMatchObject({ status, text: '<html>', retryAfterMs: 7_000 })
      expect(calls).toBe(1)
    },
  )

  it('When nobody listens, then nothing was written', async () => {
    const server = createServer()
    const origin = await originOf(server)
    await new Promise((resolve) => server.close(resolve))
    const http = createProviderHttp({ baseUrl: origin, authorization: () => secret })

    expect((await failureOf(http.exchange({ method: 'POST', path: '/x', body: {} }))).wasWritten).toBe(false)
  })

  it('When the connection breaks after it was made, then something may have been written', async () => {
    const origin = await originOf(createSocketServer((socket) => socket.once('data', () => socket.destroy())))
    const http = createProviderHttp({ baseUrl: origin, authorization: () => secret })

    expect((await failureOf(http.exchange({ method: 'POST', path: '/x', body: {} }))).wasWritten).toBe(true)
  })

  it('When an open connection is used again and breaks, then something may have been written', async () => {
    const http = await httpTo((request, response) => {
      if (request.method === 'GET') response.end('[]')
      else request.socket.destroy()
    })
    await http.exchange({ method: 'GET', path: '/x' })

    expect((await failureOf(http.exchange({ method: 'POST', path: '/x', body: {} }))).wasWritten).toBe(true)
  })

  it('When no answer comes in time, then it ends without one', async () => {
    const http = await httpTo(() => undefined, 30)

    expect((await failureOf(http.exchange({ method: 'POST', path: '/x' }))).wasWritten).toBe(true)
  })

  it('When an answer is cut off in the middle, then there is no answer', async () => {
    const http = await httpTo((_request, response) => {
      response.writeHead(201, { 'Content-Length': '100' })
      response.write('[{"id"', () => response.destroy())
    })

    expect((await failureOf(http.exchange({ method: 'POST', path: '/x' }))).wasWritten).toBe(true)
  })

  it('When it fails, then the error holds no credentials', async () => {
    const http = await httpTo((request) => request.socket.destroy())
    const error = await failureOf(http.exchange({ method: 'POST', path: '/x?secret=hidden', body: 'words' }))

    const told = JSON.stringify([error, error.message, error.stack, error.cause ?? null])
    expect(told).not.toMatch(/c2VjcmV0|hidden|words/)
  })
})

describe('ids in JSON', () => {
  it('When a whole number is too long for JavaScript, then its digits stay', () => {
    expect(
      parseWithTextIds('[{"id":1674811778896240641,"n":9007199254740991,"f":1.5,"s":"1674811778896240641"}]'),
    ).toEqual([{ id: '1674811778896240641', n: 9007199254740991, f: 1.5, s: '1674811778896240641' }])
  })

  it('When words of a text look like a number in JSON, then they stay as they are', () => {
    const text = JSON.stringify({ body: 'call "id":16748117788962406410, ok \\' })
    expect(parseWithTextIds(text)).toEqual(JSON.parse(text))
  })

  it.each(['', '<html>', '{"id":', '[1674811778896240641', '['.repeat(200_000)])(
    'When it is no JSON, then there is nothing',
    (text) => {
      expect(parseWithTextIds(text)).toBeUndefined()
    },
  )
})
