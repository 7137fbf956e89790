import { z } from 'zod'
import { filledText, parseStrictly, queryFlag, queryNumber } from '../body-rules.ts'
import {
  noAccess,
  param,
  requireLocation,
  type ApiCall,
  type Endpoint,
  type EndpointParts,
} from '../endpoint.ts'
import { notFound, refuse } from '../platform-error.ts'
import type { SandboxUser } from '../state.ts'

const searchQuery = z.strictObject({
  companyId: filledText,
  locationId: z.string().optional(),
  query: z.string().optional(),
  skip: queryNumber(0, 100_000).default(0),
  limit: queryNumber(1, 100).default(25),
  type: z.string().optional(),
  role: z.string().optional(),
  ids: z.string().optional(),
  sort: z.string().optional(),
  sortDirection: z.string().optional(),
  enabled2waySync: queryFlag.optional(),
})

const read = {
  version: '2021-07-28',
  method: 'GET',
  scope: 'users.readonly',
  holders: ['location', 'company'],
  body: 'none',
} as const

function userShape(user: SandboxUser): Record<string, unknown> {
  const { id, firstName, lastName, email, phone, permissions, roles, deleted } = user
  return {
    id,
    name: `${firstName} ${lastName}`,
    firstName,
    lastName,
    email,
    phone,
    extension: '',
    permissions: { ...permissions, bulkRequestsEnabled: roles.role === 'admin' },
    roles: structuredClone(roles),
    deleted,
  }
}

export function createUserEndpoints(parts: EndpointParts): Endpoint[] {
  const { state } = parts

  /** A Location token reaches the users listed there; those of the agency only a Company token. */
  const reachable = ({ grant: { holder } }: ApiCall, user: SandboxUser) =>
    holder.kind === 'location'
      ? user.roles.locationIds.includes(holder.locationId)
      : user.companyId === holder.companyId

  return [
    {
      ...read,
      path: '/users/search',
      handle(call) {
        const query = parseStrictly(searchQuery, call.query)
        const { holder } = call.grant
        if (query.companyId !== holder.companyId)
          throw refuse(403, 'The token does not have access to this company.')
        const locationId = query.locationId ?? (holder.kind === 'location' ? holder.locationId : undefined)
        if (locationId !== undefined) requireLocation(parts, call, locationId)
        const ids = query.ids?.split(',')
        const found = state.users
          .filter((user) => reachable(call, user))
          .filter(({ roles }) => locationId === undefined || roles.locationIds.includes(locationId))
          .filter(
            ({ roles }) =>
              (query.type ?? roles.type) === roles.type && (query.role ?? roles.role) === roles.role,
          )
          .filter(({ id }) => !ids || ids.includes(id))
          .filter((user) => matches(user, query.query))
        const users = found.slice(query.skip, query.skip + query.limit).map(userShape)
        return { status: 200, body: { users, count: found.length } }
      },
    },
    {
      ...read,
      path: '/users/:userId',
      handle(call) {
        const id = param(call, 'userId')
        const user = state.users.find((one) => one.id === id)
        if (!user) throw notFound('User', id)
        if (!reachable(call, user)) throw refuse(403, noAccess)
        return { status: 200, body: userShape(user) }
      },
    },
  ]
}

function matches({ firstName, lastName, email }: SandboxUser, query: string | undefined): boolean {
  return `${firstName} ${lastName} ${email}`.toLowerCase().includes(query?.toLowerCase() ?? '')
}
