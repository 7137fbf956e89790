/** The least that forwarding takes: node:http checks a token and makes the same call with undici. */
import { createSecretKey } from 'node:crypto'
import { createServer } from 'node:http'
import jwt from 'jsonwebtoken'
import { Pool } from 'undici'
import { tellOrigin } from './child-origin.ts'
import { benchIds } from './platform-answers.ts'

const { PLATFORM_ORIGIN = '', BENCH_SECRET = '' } = process.env
const key = createSecretKey(Buffer.from(BENCH_SECRET))
const upstream = new Pool(PLATFORM_ORIGIN, { connections: 128, keepAliveTimeout: 300_000 })
const platformHeaders = {
  Authorization: 'Bearer bench-access-token',
  Version: '2021-07-28',
  Accept: 'application/json',
}

const server = createServer(async (request, response) => {
  try {
    jwt.verify((request.headers.authorization ?? '').slice('Bearer '.length), key, { algorithms: ['HS256'] })
    const contactId = (request.url ?? '').split('/').at(-1) ?? benchIds.contactId
    const answer = await upstream.request({
      method: 'GET',
      path: `/contacts/${contactId}`,
      headers: platformHeaders,
    })
    const body = await answer.body.text()
    response.writeHead(answer.statusCode, { 'Content-Type': 'application/json; charset=utf-8' }).end(body)
  } catch {
    response.writeHead(500).end()
  }
})
tellOrigin(server)
