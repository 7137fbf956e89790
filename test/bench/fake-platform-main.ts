/**
 * The platform's answers at once and without any check, so that what is measured is what stands before it. With
 * TLS_KEY and TLS_CERTIFICATE it speaks https.
 */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { tellOrigin } from './child-origin.ts'
import {
  benchIds,
  contactAnswer,
  locationAnswer,
  sentAnswer,
  tokenAnswer,
  userAnswer,
} from './platform-answers.ts'

const pace = {
  'X-RateLimit-Max': '1000000',
  'X-RateLimit-Remaining': '999999',
  'X-RateLimit-Interval-Milliseconds': '10000',
  'X-RateLimit-Limit-Daily': '100000000',
  'X-RateLimit-Daily-Remaining': '99999999',
}
const contactBody = JSON.stringify(contactAnswer(benchIds.contactId))
let sent = 0

function bodyFor(method: string | undefined, path: string): string | undefined {
  if (method === 'GET' && path.startsWith('/contacts/')) return contactBody
  if (method === 'POST' && path === '/conversations/messages') {
    sent += 1
    return JSON.stringify(sentAnswer(`msgBench${String(sent).padStart(12, '0')}`))
  }
  if (method === 'GET' && path.startsWith('/users/'))
    return JSON.stringify(userAnswer(path.slice('/users/'.length)))
  if (method === 'GET' && path.startsWith('/locations/')) return JSON.stringify(locationAnswer)
  if (method === 'GET' && path === '/conversations/search')
    return JSON.stringify({ conversations: [], total: 0 })
  if (method === 'POST' && path === '/oauth/token') return JSON.stringify(tokenAnswer)
  return undefined
}

const answer: RequestListener = (request, response) => {
  request.resume()
  request.once('end', () => {
    const body = bodyFor(request.method, (request.url ?? '/').split('?')[0] ?? '/')
    if (body === undefined) {
      response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"message":"not of the bench"}')
      return
    }
    const status = request.method === 'POST' && request.url === '/conversations/messages' ? 201 : 200
    response.writeHead(status, { ...pace, 'Content-Type': 'application/json; charset=utf-8' }).end(body)
  })
}

const { TLS_KEY: key, TLS_CERTIFICATE: cert } = process.env
const server = key && cert ? createTlsServer({ key, cert }, answer) : createServer(answer)
server.keepAliveTimeout = 600_000
tellOrigin(server, key && cert ? 'https' : 'http')
