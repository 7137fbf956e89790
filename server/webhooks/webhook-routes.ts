import express, { type Request, type RequestHandler, Router } from 'express'
import { AppError } from '../errors.ts'
import type { Transaction } from '../storage/database.ts'
import { type ReadEvent, readWebhookEvent } from './webhook-event.ts'
import type { WebhookRepository } from './webhook-repository.ts'
import type { SignatureCheck } from './webhook-signature.ts'

const maxBodyBytes = 1024 * 1024

/** `/webhooks`: verified on the raw bytes, stored and queued in one transaction, answered, and only then worked on. */
export function createWebhookRoutes(parts: {
  isSigned: SignatureCheck
  repository: WebhookRepository
  /** Queues the work on a stored event, within the transaction that stores it. */
  queueEvent: (eventId: number, transaction: Transaction) => Promise<void>
  /** Events of other apps are acknowledged and ignored. */
  appId: string
  now: () => number
}): Router {
  const { isSigned, repository, queueEvent, appId, now } = parts
  const router = Router()
  const rawBody = express.raw({ type: () => true, limit: maxBodyBytes, inflate: false })

  const verified: RequestHandler = async (request, _response, next) => {
    const headers = { ed25519: request.get('x-ghl-signature'), rsa: request.get('x-wh-signature') }
    if (!(await isSigned(bytesOf(request), headers))) {
      throw new AppError('unauthenticated', 'The signature is missing or wrong.')
    }
    next()
  }

  /** @throws {AppError} `validation` */
  function received(request: Request, fallbackType?: string): ReadEvent {
    const event = readWebhookEvent(bytesOf(request), now(), fallbackType)
    if (!event) throw new AppError('validation', 'The body is not an event in JSON.')
    return event
  }

  router.post('/highlevel', rawBody, verified, async (request, response) => {
    const { event, eventAppId } = received(request)
    if (eventAppId === null || eventAppId === appId) await repository.store(event, queueEvent)
    response.json({ received: true })
  })

  /** Texts that leave through a provider of ours: kept, until there is one. Their `type` is the channel's. */
  router.post('/outbound-messages', rawBody, verified, async (request, response) => {
    await repository.store(received(request, 'ProviderOutboundMessage').event, async () => {})
    response.json({ received: true })
  })

  return router
}

const bytesOf = (request: Request): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
