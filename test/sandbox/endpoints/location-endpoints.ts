import { z } from 'zod'
import { filledText, parseStrictly, queryFlag, queryNumber } from '../body-rules.ts'
import { param, requireLocation, type Endpoint, type EndpointParts } from '../endpoint.ts'
import { notFound } from '../platform-error.ts'

const templatesQuery = z.strictObject({
  originId: filledText,
  type: z.enum(['sms', 'email', 'whatsapp']).optional(),
  deleted: queryFlag.default(false),
  skip: queryNumber(0, 100_000).default(0),
  limit: queryNumber(1, 100).default(25),
})
const customFieldsQuery = z.strictObject({
  model: z.enum(['contact', 'opportunity', 'all']).default('contact'),
})
const numbersQuery = z.strictObject({
  pageSize: queryNumber(1, 1000).default(50),
  page: queryNumber(0, 100_000).default(0),
  searchFilter: z.string().optional(),
  skipNumberPool: queryFlag.optional(),
})

const read = { version: '2021-07-28', method: 'GET', body: 'none' } as const

export function createLocationEndpoints(parts: EndpointParts): Endpoint[] {
  const { state } = parts
  return [
    {
      ...read,
      path: '/locations/:locationId',
      scope: 'locations.readonly',
      holders: ['location', 'company'],
      handle(call) {
        const id = param(call, 'locationId')
        const location = state.locations.find((one) => one.id === id)
        if (!location) throw notFound('Location', id)
        requireLocation(parts, call, id)
        const { active: _internal, ...fields } = location
        const { name, address, country, timezone } = location
        const business = { name, address, country, timezone }
        return {
          status: 200,
          body: { location: { ...fields, business, settings: { allowDuplicateContact: false } } },
        }
      },
    },
    {
      ...read,
      path: '/locations/:locationId/templates',
      scope: 'locations/templates.readonly',
      holders: ['location'],
      handle(call) {
        const locationId = param(call, 'locationId')
        requireLocation(parts, call, locationId)
        const { type, skip, limit, deleted } = parseStrictly(templatesQuery, call.query)
        const none = deleted || (type !== undefined && type !== 'sms')
        const found = none ? [] : state.templates.filter((template) => template.locationId === locationId)
        const templates = found.slice(skip, skip + limit).map(({ id, name, body }) => ({
          id,
          name,
          type: 'sms',
          template: { body, attachments: [] },
          dateAdded: '2026-01-05T10:00:00.000Z',
          locationId,
          urlAttachments: [],
        }))
        return { status: 200, body: { templates, totalCount: found.length } }
      },
    },
    {
      ...read,
      path: '/locations/:locationId/customFields',
      scope: 'locations/customFields.readonly',
      holders: ['location'],
      handle(call) {
        const locationId = param(call, 'locationId')
        requireLocation(parts, call, locationId)
        const { model } = parseStrictly(customFieldsQuery, call.query)
        const customFields = state.customFields.filter(
          (field) => field.locationId === locationId && (model === 'all' || field.model === model),
        )
        return { status: 200, body: { customFields: structuredClone(customFields) } }
      },
    },
    {
      ...read,
      path: '/phone-system/numbers/location/:locationId',
      scope: 'phonenumbers.read',
      holders: ['location'],
      handle(call) {
        const locationId = param(call, 'locationId')
        requireLocation(parts, call, locationId)
        const { pageSize, page, searchFilter } = parseStrictly(numbersQuery, call.query)
        const numbers = state.phoneNumbers
          .filter((number) => number.locationId === locationId)
          .filter(({ phoneNumber }) => phoneNumber.includes(searchFilter ?? ''))
          .slice(page * pageSize, (page + 1) * pageSize)
          .map(numberShape)
        return { status: 200, body: { numbers, isUnderGhl: true, pageSize, page, accountStatus: 'active' } }
      },
    },
  ]
}

function numberShape({
  phoneNumber,
  friendlyName,
  isDefault,
}: EndpointParts['state']['phoneNumbers'][number]) {
  return {
    phoneNumber,
    friendlyName,
    sid: `PN${phoneNumber.slice(1).padStart(32, '0')}`,
    countryCode: phoneNumber.startsWith('+49') ? 'DE' : 'US',
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    type: 'local',
    isDefaultNumber: isDefault,
    linkedUser: null,
    linkedRingAllUsers: [],
    forwardingNumber: null,
    isGroupConversationEnabled: false,
    addressSid: null,
    bundleSid: null,
    dateAdded: '2025-03-01T09:00:00.000Z',
    dateUpdated: '2025-03-01T09:00:00.000Z',
    origin: 'twilio',
  }
}
