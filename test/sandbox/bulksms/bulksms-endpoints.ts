import { z } from 'zod'
import type { BulksmsCarrier } from './bulksms-carrier.ts'
import type { BulksmsCourier } from './bulksms-courier.ts'
import { parseFilter } from './bulksms-filter.ts'
import { badRequest, notActivated, notFound } from './bulksms-problem.ts'
import { flatShape, submittedShape, webhookShape } from './bulksms-shapes.ts'
import type { BulksmsBehaviour, BulksmsState, BulksmsText, BulksmsWebhook } from './bulksms-state.ts'
import { phoneText, readBulksms, submissionBody, submissionQuery } from './bulksms-submission.ts'

export type BulksmsRequest = { params: Record<string, string>; query: unknown; body: unknown }

export type BulksmsEndpoint = {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  /** @throws {BulksmsProblem} */
  handle(request: BulksmsRequest): Promise<{ status: number; body: unknown }>
}

export type BulksmsEndpointParts = {
  state: BulksmsState
  behaviour: BulksmsBehaviour
  carrier: BulksmsCarrier
  courier: BulksmsCourier
  now: () => number
}

const ok = (body: unknown, status = 200) => ({ status, body })
const empty = z.strictObject({})

const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value <= most, 'is too high')

const listQuery = z.strictObject({
  filter: z.string().optional(),
  limit: wholeNumber(1_000).default(1_000),
  sortOrder: z.enum(['ASCENDING', 'DESCENDING']).default('DESCENDING'),
})

/** Besides those of a submission. */
const plainSendQuery = z.looseObject({ to: phoneText, body: z.string().min(1) })

export function createMessageEndpoints(parts: BulksmsEndpointParts): BulksmsEndpoint[] {
  const { state, behaviour, carrier, now } = parts
  const listed = () => state.messages.filter(({ dueMs }) => dueMs <= now())
  const textOf = ({ params }: BulksmsRequest): BulksmsText | undefined =>
    listed().find(({ id }) => id === params['id'])
  const submit = (body: unknown, query: unknown) => {
    const entries = readBulksms(submissionBody, body)
    return ok(carrier.submit(entries, readBulksms(submissionQuery, query)).map(submittedShape), 201)
  }

  return [
    { method: 'POST', path: '/messages', handle: async ({ body, query }) => submit(body, query) },
    {
      method: 'GET',
      path: '/messages',
      async handle({ query }) {
        const { filter, limit, sortOrder } = readBulksms(listQuery, query)
        const wanted = filter === undefined ? listed() : listed().filter(parseFilter(filter))
        const sorted = sortOrder === 'ASCENDING' ? wanted : wanted.toReversed()
        return ok(sorted.slice(0, Math.min(limit, behaviour.maxPageSize)).map(flatShape))
      },
    },
    {
      method: 'GET',
      path: '/messages/send',
      async handle({ query }) {
        const { to, body, ...rest } = readBulksms(plainSendQuery, query)
        return submit({ to, body }, rest)
      },
    },
    {
      method: 'GET',
      path: '/messages/:id',
      async handle(request) {
        const text = textOf(request)
        if (!text) throw notFound()
        return ok(flatShape(text))
      },
    },
    {
      method: 'GET',
      path: '/messages/:id/relatedReceivedMessages',
      async handle({ params }) {
        return ok(
          listed()
            .filter(({ relatedSentMessageId: id }) => id === params['id'])
            .map(flatShape),
        )
      },
    },
  ]
}

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

const blockedQuery = z.strictObject({
  'min-id': z.string().regex(/^\d+$/).transform(Number).default(0),
  limit: wholeNumber(10_000).default(10_000),
})

export function createAccountEndpoints({ state, carrier }: BulksmsEndpointParts): BulksmsEndpoint[] {
  return [
    {
      method: 'GET',
      path: '/profile',
      async handle({ query }) {
        readBulksms(empty, query)
        return ok({
          id: '4711',
          username: state.username,
          created: state.created,
          credits: { balance: state.credits, limit: 0, isTransferAllowed: false },
          quota: state.quota,
          originAddresses: state.senders,
          company: { name: 'Harbor Dental', taxReference: null },
          commerce: { address: {}, bankPaymentReference: 'HD-1' },
        })
      },
    },
    {
      method: 'GET',
      path: '/blocked-numbers',
      async handle({ query }) {
        const { 'min-id': least, limit } = readBulksms(blockedQuery, query)
        return ok(state.blocked.filter(({ id }) => id >= least).slice(0, limit))
      },
    },
    {
      method: 'POST',
      path: '/blocked-numbers',
      async handle({ body }) {
        carrier.block(readBulksms(z.array(phoneText).min(1).max(1_000), body))
        return ok('')
      },
    },
    {
      method: 'POST',
      path: '/rmm/pre-sign-attachment',
      async handle({ body }) {
        const wanted = z.strictObject({ fileExtension: z.string(), mediaType: z.string() })
        const { fileExtension, mediaType } = readBulksms(wanted, body)
        const place = `https://rmm.example/${state.nextSmallId()}.${fileExtension}`
        const fields = [{ name: 'Content-Type', value: mediaType }]
        return ok({ putUrl: `${place}?put`, fields, fetchUrl: place })
      },
    },
    {
      method: 'POST',
      path: '/credit/transfer',
      async handle() {
        throw notActivated()
      },
    },
  ]
}
