import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type Request, type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { ProviderAdapter, ProviderEvent, ProviderWebhook } from './provider-adapter.ts'
import type { StoredConnection } from './stored-connection.ts'

const maxBodyBytes = 1024 * 1024

const tokenSchema = z.object({ token: z.string() })

/**
 * `/webhooks/providers/:carrier/:connectionId`: checked, stored and queued in one transaction, answered, and only then
 * worked on. What is answered by 4xx does not come again, all else does.
 */
export function createProviderWebhookRoutes(parts: {
  findConnection: (id: string) => Promise<StoredConnection | undefined>
  secretOf: (connection: StoredConnection) => string | null
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  /** @returns once all are stored for good */
  record: (connection: StoredConnection, events: readonly ProviderEvent[]) => Promise<void>
  markCalled: (connectionId: string) => Promise<void>
  /** Counts a call without the right secret, and ends it where there were too many. */
  limitRefused: RequestHandler
}): Router {
  const router = Router()
  const rawBody = express.raw({ type: () => true, limit: maxBodyBytes })

  /** @throws {AppError} `validation` for what the system will never send otherwise */
  async function take(connection: StoredConnection, webhook: ProviderWebhook): Promise<void> {
    const events = parts.adapterOf(connection).readWebhook(webhook)
    if (!events) throw new AppError('validation', 'The body is no event of this system.')
    const telling = events.filter(({ kind }) => kind !== 'other')
    if (telling.length > 0) await parts.record(connection, telling)
    if (connection.webhookCalledAt === null) await parts.markCalled(connection.id)
  }

  const refuse: RequestHandler = async (request, response, next) => {
    const refusal = new AppError('unauthenticated', 'The secret is missing or wrong.')
    await parts.limitRefused(request, response, (error: unknown) => next(error ?? refusal))
  }

  /** No body is kept in memory that is for no connection of ours. */
  const connected: RequestHandler = async (request, response, next) => {
    const id = z.uuid().safeParse(request.params['connectionId']).data
    const connection = id === undefined ? undefined : await stored(() => parts.findConnection(id))
    if (connection?.carrier !== request.params['carrier']) return refuse(request, response, next)
    response.locals['connection'] = connection
    next()
  }

  router.post('/:carrier/:connectionId', connected, rawBody, async (request, response, next) => {
    const webhook = webhookOf(request)
    const connection: StoredConnection = response.locals['connection']
    if (!hasSecret(webhook, parts.secretOf(connection))) return refuse(request, response, next)
    await stored(() => take(connection, webhook))
    response.json({ received: true })
  })

  return router
}

/** Whatever hinders the storing may pass: the system is to come again. */
async function stored<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof AppError && error.status < 500) throw error
    throw new AppError('upstream_unavailable', 'This could not be stored right now. Please send it again.', {
      cause: error,
      retryable: true,
    })
  }
}

function webhookOf(request: Request): ProviderWebhook {
  const texts = (from: Request['headers'] | Request['query']) =>
    Object.fromEntries(
      Object.entries(from).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    )
  return {
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    headers: texts(request.headers),
    query: texts(request.query),
  }
}

/** In the address or, of a system that sends one, the token in the body. */
function hasSecret({ body, query }: ProviderWebhook, secret: string | null): boolean {
  if (secret === null) return false
  return isSame(query['secret'], secret) || isSame(tokenIn(body), secret)
}

function tokenIn(body: Buffer): string | undefined {
  try {
    return tokenSchema.safeParse(JSON.parse(body.toString('utf8'))).data?.token
  } catch {
    return undefined
  }
}

/** In a time that tells nothing about either. */
function isSame(given: string | undefined, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return given !== undefined && timingSafeEqual(digest(given), digest(secret))
}
