import { z } from 'zod'
import {
  type BulksmsEndpoint,
  type BulksmsEndpointParts,
  type BulksmsRequest,
  ok,
} from './bulksms-endpoint.ts'
import { badRequest, notFound } from './bulksms-problem.ts'
import { webhookShape } from './bulksms-shapes.ts'
import type { BulksmsWebhook } from './bulksms-state.ts'
import { readBulksms } from './bulksms-submission.ts'

const webhookBody = z.strictObject({
  name: z.string().min(1),
  url: z.url(),
  triggerScope: z.enum(['SENT', 'RECEIVED']),
  invokeOption: z.enum(['ONE', 'MANY']).default('ONE'),
  contactEmailAddress: z.email().optional(),
  active: z.boolean().default(true),
  onWebApp: z.boolean().default(false),
})

export function createWebhookEndpoints({ state, courier }: BulksmsEndpointParts): BulksmsEndpoint[] {
  const webhookOf = ({ params }: BulksmsRequest): BulksmsWebhook => {
    const webhook = state.webhooks.find(({ id }) => String(id) === params['id'])
    if (!webhook) throw notFound()
    return webhook
  }
  /** Reads it, and calls it with `[]` if it is to be active. */
  const checked = async (body: unknown, ownId: number | null) => {
    const { contactEmailAddress = null, ...fields } = readBulksms(webhookBody, body)
    if (state.webhooks.some(({ id, name }) => name === fields.name && id !== ownId)) {
      throw badRequest('name: is used by another webhook')
    }
    if (fields.active) await courier.check(fields.url)
    return { ...fields, contactEmailAddress }
  }

  return [
    { method: 'GET', path: '/webhooks', handle: async () => ok(state.webhooks.map(webhookShape)) },
    {
      method: 'POST',
      path: '/webhooks',
      async handle({ body }) {
        const webhook = { id: state.nextSmallId(), ...(await checked(body, null)) }
        state.webhooks.push(webhook)
        return ok(webhookShape(webhook))
      },
    },
    { method: 'GET', path: '/webhooks/:id', handle: async (request) => ok(webhookShape(webhookOf(request))) },
    {
      method: 'POST',
      path: '/webhooks/:id',
      async handle(request) {
        const webhook = webhookOf(request)
        return ok(webhookShape(Object.assign(webhook, await checked(request.body, webhook.id))))
      },
    },
    {
      method: 'DELETE',
      path: '/webhooks/:id',
      async handle(request) {
        const webhook = webhookOf(request)
        state.webhooks.splice(state.webhooks.indexOf(webhook), 1)
        return ok('')
      },
    },
  ]
}
