/** The least that webhooks take in Express 5: the same asynchronous signature check, the same answer, nothing kept. */
import { createServer } from 'node:http'
import express from 'express'
import { createSignatureCheck } from '../../server/webhooks/webhook-signature.ts'
import { tellOrigin } from './child-origin.ts'

const isSigned = createSignatureCheck({ ed25519: process.env['WEBHOOK_KEY'] ?? '', rsa: undefined })

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.post(
  '/webhooks/highlevel',
  express.raw({ type: () => true, limit: '1mb' }),
  async (request, response) => {
    const body = request.body as Buffer
    const headers = { ed25519: request.get('x-ghl-signature'), rsa: undefined }
    if (await isSigned(body, headers)) response.json({ received: true })
    else response.status(401).end()
  },
)
tellOrigin(createServer(app))
