import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPlatformHttp } from '../../server/highlevel/platform-http.ts'

async function startUpstream() {
  const opened: Socket[] = []
  const requests: string[] = []
  const held: (() => void)[] = []
  let isHolding = false
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const answer = () => void response.end('{}')
    if (isHolding) held.push(answer)
    else answer()
  })
  server.on('connection', (socket) => opened.push(socket))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const http = createPlatformHttp({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  onTestFinished(async () => {
    await http.close()
    server.close()
  })
  const read = () => http.exchange({ method: 'GET', path: '/contacts/1', effect: 'read' })
  return { http, opened, requests, held, hold: () => (isHolding = true), read }
}

describe('warm sockets', () => {
  it('When sockets are kept warm, then a burst of 20 calls opens no other', async () => {
    const { http, opened, held, hold, read } = await startUpstream()
    await http.keepWarm()
    const before = opened.length
    expect(before).toBeGreaterThanOrEqual(20)
    hold()
    const burst = Promise.all(Array.from({ length: 20 }, read))
    await expect.poll(() => held.length).toBe(20)
    for (const answer of held) answer()
    await burst
    expect(opened.length).toBe(before)
  })

  it('When the upstream has closed them, then they are opened again', async () => {
    const { http, opened } = await startUpstream()
    await http.keepWarm()
    const before = opened.length
    await Promise.all(
      opened.map((socket) => {
        const closed = once(socket, 'close')
        socket.destroy()
        return closed
      }),
    )
    await expect
      .poll(async () => {
        await http.keepWarm()
        return opened.length
      })
      .toBeGreaterThanOrEqual(before * 2)
  })

  it('When nobody asks for warm sockets, then nothing is sent but the calls', async () => {
    const { requests, read } = await startUpstream()
    await read()
    await read()
    expect(requests).toEqual(['GET /contacts/1', 'GET /contacts/1'])
  })
})
