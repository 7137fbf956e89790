/** The same by the vendor's own client in Express 5, as its template has it; it keeps nothing of what it sends. */
import { createSecretKey } from 'node:crypto'
import { createServer } from 'node:http'
import { HighLevel } from '@gohighlevel/api-client'
import express from 'express'
import jwt from 'jsonwebtoken'
import { tellOrigin } from './child-origin.ts'
import { benchIds, tokenAnswer } from './platform-answers.ts'

const { PLATFORM_ORIGIN = '', BENCH_SECRET = '' } = process.env
const key = createSecretKey(Buffer.from(BENCH_SECRET))
const sdk = new HighLevel({ clientId: 'bench-app', clientSecret: 'bench-secret', logLevel: 'error' })
sdk.getHttpClient().defaults.baseURL = PLATFORM_ORIGIN
await sdk.getSessionStorage().setSession(benchIds.locationId, tokenAnswer)
const options = { headers: { locationId: benchIds.locationId } }

const app = express()
app.disable('x-powered-by')
app.use(express.json())
app.use((request, _response, next) => {
  jwt.verify((request.get('authorization') ?? '').slice('Bearer '.length), key, { algorithms: ['HS256'] })
  next()
})
app.get('/api/contacts/:contactId', async (request, response) => {
  response.json(await sdk.contacts.getContact({ contactId: request.params.contactId }, options))
})
app.post('/api/contacts/:contactId/messages', async (request, response) => {
  const { message } = request.body as { message: string }
  const order = { type: 'SMS', subType: {}, status: 'pending', contactId: request.params.contactId, message }
  response.status(201).json(await sdk.conversations.sendANewMessage(order, options))
})
tellOrigin(createServer(app))
