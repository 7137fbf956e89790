import express, { type Request, type RequestHandler, Router } from 'express'
import { AppError } from '../errors.ts'
import { type ReadEvent, readWebhookEvent } from './webhook-event.ts'
import type { RecordWebhook } from './webhook-recorder.ts'
import type { ReceivedEvent } from './webhook-repository.ts'
import { mayBeSigned, type SignatureCheck, type SignatureHeaders } from './webhook-signature.ts'

export type ObservedWebhook = { type: string; outcome: 'stored' | 'repeated' | 'ignored' | 'refused' }

const maxBodyBytes = 1024 * 1024

/** `/webhooks`: verified on the raw bytes, stored in the ledger, which is their queue, answered, and worked on. */
export function createWebhookRoutes(parts: {
  isSigned: SignatureCheck
  record: RecordWebhook
  /** Events of other apps are acknowledged and ignored. */
  appId: string
  /** Whether an event is of a location in which the app is installed; others are acknowledged and ignored too. */
  concernsUs: (event: Pick<ReceivedEvent, 'type' | 'locationId'>) => Promise<boolean>
  /** Counts a request that is not signed as it should be, and ends it where there were too many. */
  limitRefused: RequestHandler
  observe?: ((event: ObservedWebhook) => void) | undefined
  now: () => number
}): Router {
  const { isSigned, record, appId, concernsUs, limitRefused, observe, now } = parts
  const router = Router()
  const rawBody = express.raw({ type: () => true, limit: maxBodyBytes, inflate: false })

  const refuse: RequestHandler = async (request, response, next) => {
    observe?.({ type: 'unverified', outcome: 'refused' })
    const refusal = new AppError('unauthenticated', 'The signature is missing or wrong.')
    await limitRefused(request, response, (error: unknown) => next(error ?? refusal))
  }

  /** No body is kept in memory of whom nothing vouches for. */
  const withSignature: RequestHandler = (request, response, next) =>
    mayBeSigned(signatureOf(request)) ? next() : refuse(request, response, next)

  const verified: RequestHandler = async (request, response, next) =>
    (await isSigned(bytesOf(request), signatureOf(request))) ? next() : refuse(request, response, next)

  /** @throws {AppError} `validation` */
  function received(request: Request, fallbackType?: string): ReadEvent {
    const event = readWebhookEvent(bytesOf(request), now(), fallbackType)
    if (!event) throw new AppError('validation', 'The body is not an event in JSON.')
    return event
  }

  async function take({ event, eventAppId }: ReadEvent): Promise<void> {
    const isOurs = (eventAppId === null || eventAppId === appId) && (await concernsUs(event))
    const isNew = isOurs && (await record(event))
    observe?.({ type: event.type, outcome: isNew ? 'stored' : isOurs ? 'repeated' : 'ignored' })
  }

  router.post('/highlevel', withSignature, rawBody, verified, async (request, response) => {
    await take(received(request))
    response.json({ received: true })
  })

  /** Texts that are to leave through another system. Their `type` is the channel's. */
  router.post('/outbound-messages', withSignature, rawBody, verified, async (request, response) => {
    await take(received(request, 'ProviderOutboundMessage'))
    response.json({ received: true })
  })

  return router
}

const signatureOf = (request: Request): SignatureHeaders => ({
  ed25519: request.get('x-ghl-signature'),
  rsa: request.get('x-wh-signature'),
})

const bytesOf = (request: Request): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
