import { z } from 'zod'
import { type BulksmsEndpoint, type BulksmsEndpointParts, ok, wholeNumber } from './bulksms-endpoint.ts'
import { notActivated } from './bulksms-problem.ts'
import { phoneText, readBulksms } from './bulksms-submission.ts'

const empty = z.strictObject({})
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
          addedLater: true,
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
