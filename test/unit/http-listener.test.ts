import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpServer, drain, type HttpLimits, listen } from '../../server/http-listener.ts'

const halfARequest = 'POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 100\r\n\r\nhalf'

/** @returns all that it was answered until its connection was ended */
async function sendHalfARequest(port: number): Promise<string> {
  const client = connect(port, '127.0.0.1')
  client.write(halfARequest)
  return text(client)
}

async function startServer(limits?: HttpLimits) {
  const server = createHttpServer((request, response) => {
    if (request.url === '/stream') return void response.write('begun')
    request.resume().on('end', () => response.end('whole'))
  }, limits)
  const port = await listen(server, '127.0.0.1', 0)
  onTestFinished(() => void server.closeAllConnections())
  return { server, port }
}

const limits = { keepAliveMs: 60_000, requestMs: 200, checkEveryMs: 50 }

test('When the usual limits hold, then idle connections outlive those of a balancer and half a request does not', async () => {
  const { server } = await startServer()
  expect(server.keepAliveTimeout).toBeGreaterThan(60_000)
  expect(server.requestTimeout).toBe(30_000)
})

test('When a body stops half way, then its connection is ended', async () => {
  const { port } = await startServer(limits)
  expect(await sendHalfARequest(port)).toContain('408 Request Timeout')
})

test('When an answer takes longer than a request may, as streams do, then it goes on', async () => {
  const { port } = await startServer(limits)
  const client = connect(port, '127.0.0.1')
  client.write('GET /stream HTTP/1.1\r\nHost: app\r\n\r\n')
  await once(client, 'data')
  expect(await sendHalfARequest(port)).toContain('408')
  expect(client.readyState).toBe('open')
  client.destroy()
})

test('When it is drained while a request is under way, then its connection is not kept once that is answered', async () => {
  const { server, port } = await startServer({ ...limits, requestMs: 10_000 })
  const client = connect(port, '127.0.0.1')
  client.write('POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 4\r\n\r\nha')
  await once(server, 'request')
  const drained = drain(server, 5_000)
  client.write('lf')
  expect(await text(client)).toContain('whole')
  expect(await Promise.race([drained.then(() => 'drained'), pause(1_000, 'held')])).toBe('drained')
})
