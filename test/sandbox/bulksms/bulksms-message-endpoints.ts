import { z } from 'zod'
import {
  type BulksmsEndpoint,
  type BulksmsEndpointParts,
  type BulksmsRequest,
  ok,
  wholeNumber,
} from './bulksms-endpoint.ts'
import { parseFilter } from './bulksms-filter.ts'
import { notFound } from './bulksms-problem.ts'
import { flatShape, submittedShape } from './bulksms-shapes.ts'
import type { BulksmsText } from './bulksms-state.ts'
import { phoneText, readBulksms, submissionBody, submissionQuery } from './bulksms-submission.ts'

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
