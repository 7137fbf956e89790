import express, { Router, type Response } from 'express'
import { z } from 'zod'
import { parseStrictly } from './body-rules.ts'
import { tagContact } from './endpoints/tag-endpoints.ts'
import { PlatformError } from './platform-error.ts'
import type { SandboxParts } from './sandbox-parts.ts'

const faultBody = z.strictObject({
  method: z.string().optional(),
  path: z.string().optional(),
  times: z.number().optional(),
  delayMs: z.number().optional(),
  status: z.number().optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  reset: z.boolean().optional(),
  loseAnswer: z.boolean().optional(),
  malformed: z.boolean().optional(),
})
const ownerBody = z.strictObject({ ownerId: z.string().optional() })
const behaviourBody = z.strictObject({
  refreshReuse: z.enum(['grace', 'refuse', 'revoke']),
  messagesShape: z.enum(['nested', 'flat']),
  taskEvents: z.enum(['as seen', 'documented']),
  rateLimit: z.strictObject({ max: z.number(), intervalMs: z.number(), perDay: z.number() }),
  retryAfter: z.boolean(),
  statusDelaysMs: z.strictObject({ sent: z.number(), settled: z.number() }),
  providerStatusLagMs: z.number(),
  earlyStatusRefusal: z.union([z.literal(401), z.literal(403)]),
  searchLagMs: z.number(),
  replies: z.enum(['off', 'on']),
  replyDelayMs: z.number(),
  webhookAttempts: z.number(),
  webhookRetryDelayMs: z.number(),
})

const receiveBody = z.strictObject({
  system: z.string(),
  phone: z.string(),
  text: z.string(),
  /** Of the button that was pressed, in the place of the text. */
  word: z.enum(['STOP', 'START']).optional(),
})

/** What only the sandbox has: the levers of a demo or of tests in another process. JSON in, JSON out. */
export function createControlRoutes(parts: SandboxParts): Router {
  const routes = Router()
  const lever = <Schema extends z.ZodType>(
    name: string,
    schema: Schema,
    pull: (given: z.output<Schema>) => unknown,
  ) => {
    routes.post(`/sandbox/${name}`, express.json(), async (request, response) => {
      await answer(response, async () => pull(parseStrictly(schema, request.body)))
    })
  }

  lever('faults', faultBody, (fault) => void parts.faults.add(withoutUndefined(fault)))
  lever('faults/clear', z.strictObject({}), () => parts.faults.clear())
  lever('clock/advance', z.strictObject({ ms: z.number().nonnegative() }), ({ ms }) =>
    parts.clock.advance(ms),
  )
  lever('tokens/expire', ownerBody, ({ ownerId }) => parts.tokens.expireAccess(ownerId))
  lever('tokens/revoke', ownerBody, ({ ownerId }) => parts.tokens.revoke(ownerId))
  lever('uninstall', z.strictObject({ locationId: z.string() }), (target) =>
    parts.marketplace.uninstall(target),
  )
  lever('uninstall-company', z.strictObject({ companyId: z.string() }), (target) =>
    parts.marketplace.uninstall(target),
  )
  lever(
    'reply',
    z.strictObject({ contactId: z.string(), body: z.string().optional() }),
    ({ contactId, body }) => ({
      messageId: parts.replies.replyNow(contactId, body),
    }),
  )
  lever('tag', z.strictObject({ contactId: z.string(), tag: z.string() }), ({ contactId, tag }) =>
    tagContact(parts, contactId, tag),
  )
  lever('locations/active', z.strictObject({ locationId: z.string(), active: z.boolean() }), (given) => {
    const location = parts.state.locations.find(({ id }) => id === given.locationId)
    if (location) location.active = given.active
  })
  lever(
    'behaviour',
    behaviourBody.partial(),
    (change) => void Object.assign(parts.behaviour, withoutUndefined(change)),
  )
  const systemOf = (wanted: string) => {
    const system = parts.systems.find(({ id }) => id === wanted)
    if (!system) throw new Error('No such SMS system')
    return system
  }
  lever('systems/receive', receiveBody, ({ system, phone, text, word }) => {
    systemOf(system).receive(phone, word ?? text)
    return { done: 'Sent.' }
  })
  lever('systems/webhook', z.strictObject({ system: z.string(), url: z.url() }), ({ system, url }) => {
    const token = systemOf(system).setUpWebhook?.(url)
    return { done: `Saved. Verification token: ${token}` }
  })
  lever('settle', z.strictObject({}), () => parts.scheduler.settle())
  routes.get('/sandbox/calls', (_request, response) => void response.json({ calls: parts.calls }))
  routes.get(
    '/sandbox/events',
    (_request, response) => void response.json({ events: parts.webhooks.events() }),
  )
  return routes
}

async function answer(response: Response, pull: () => Promise<unknown>): Promise<void> {
  try {
    response.json((await pull()) ?? {})
  } catch (error) {
    if (error instanceof PlatformError) response.status(error.status).json(error.body)
    else response.status(400).json({ message: error instanceof Error ? error.message : 'It failed' })
  }
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

function withoutUndefined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}
