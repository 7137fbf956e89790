import type { Clock } from '../support/clock.ts'
import type { Grant } from './oauth/token-book.ts'
import { notFound, refuse } from './platform-error.ts'
import type { SandboxBehaviour } from './sandbox-behaviour.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SandboxContact, SandboxState } from './state.ts'
import type { EmitEvent } from './webhooks/webhook-sender.ts'

/** What an endpoint's rules work on. */
export type EndpointParts = {
  state: SandboxState
  clock: Clock
  random: SeededRandom
  behaviour: SandboxBehaviour
  scheduler: Scheduler
  emit: EmitEvent
}

/** A request whose token, `Version` and scope are in order. */
export type ApiCall = {
  params: Record<string, string>
  query: unknown
  body: unknown
  grant: Grant
}

/** A null body is none at all. */
export type ApiAnswer = { status: number; body: Record<string, unknown> | null }

export type Endpoint = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `:names`. */
  path: string
  /** Of the API area, as the documentation has it. */
  version: '2021-07-28' | '2021-04-15'
  scope: string
  holders: readonly ('location' | 'company')[]
  body: 'json' | 'form' | 'none'
  handle(call: ApiCall): ApiAnswer
}

export function param(call: ApiCall, name: string): string {
  const value = call.params[name]
  if (value === undefined) throw new Error(`The path has no :${name}`)
  return value
}

export const noAccess = 'The token does not have access to this location.'

/** @throws {PlatformError} 403 when the token is another tenant's */
export function requireLocation(
  { state }: { state: SandboxState },
  { grant }: ApiCall,
  locationId: string,
): void {
  const { holder } = grant
  const reachable =
    holder.kind === 'location'
      ? holder.locationId === locationId
      : state.locations.some(({ id, companyId }) => id === locationId && companyId === holder.companyId)
  if (!reachable) throw refuse(403, noAccess)
}

/** The contact of the path. @throws {PlatformError} 400 when unknown, 403 when another location's */
export function contactOf(parts: { state: SandboxState }, call: ApiCall, contactId: string): SandboxContact {
  const contact = parts.state.contacts.find(({ id }) => id === contactId)
  if (!contact) throw notFound('Contact', contactId)
  requireLocation(parts, call, contact.locationId)
  return contact
}

/** The location that a Location token is for. */
export function ownLocationId({ grant }: ApiCall): string {
  if (grant.holder.kind !== 'location') throw refuse(403, noAccess)
  return grant.holder.locationId
}

export const isoNow = ({ clock }: { clock: Clock }) => new Date(clock.now()).toISOString()
