import type { Role } from '../../shared/session-contract.ts'
import { BoundedMap } from '../bounded-map.ts'
import { AppError } from '../errors.ts'
import type { PlatformUser, UsersApi } from '../highlevel/users-api.ts'
import type { Permissions } from './session.ts'

const keptMs = 5 * 60_000
const maxKept = 10_000

/** What the platform says of a user in a location. */
export type UserAccess = {
  name: string
  email: string
  role: Role
  assignedDataOnly: boolean
  permissions: Permissions
}

export type UserQuestion = {
  userId: string
  /** The user's, as the CRM's user context has it. */
  companyId: string
  locationId: string
  installationId: string
  /** The location's own; null where the platform does not tell. */
  installedCompanyId: string | null
}

export type UserAccessSource = ReturnType<typeof createUserAccess>

/**
 * Who a user is and what they may do, from the platform alone: the location's token would let anybody do everything,
 * and the CRM's user context carries neither a time nor a MAC.
 */
export function createUserAccess(parts: {
  users: Pick<UsersApi, 'get' | 'listOfLocation'>
  /** Whether the company has a token of its own. */
  hasCompanyToken: (companyId: string) => Promise<boolean>
  now: () => number
}) {
  const { users, hasCompanyToken, now } = parts
  const kept = new BoundedMap<string, { access: UserAccess; until: number }>(maxKept)
  const flights = new Map<string, Promise<UserAccess>>()

  /** @throws {AppError} `forbidden` for whoever has no business in this location */
  async function of(question: UserQuestion): Promise<UserAccess> {
    const key = `${question.installationId}/${question.userId}`
    const known = kept.get(key)
    if (known && known.until > now()) return known.access
    const running = flights.get(key)
    if (running) return running
    const flight = ask(question, key).finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  async function ask(question: UserQuestion, key: string): Promise<UserAccess> {
    const askedAt = now()
    kept.delete(key)
    const access = toAccess(await findAllowed(question))
    kept.set(key, { access, until: askedAt + keptMs })
    return access
  }

  async function findAllowed(question: UserQuestion): Promise<PlatformUser> {
    const { userId, companyId, locationId, installedCompanyId } = question
    const seen = await askOrRefusal(() => users.get({ kind: 'location', locationId }, userId))
    if (!(seen instanceof AppError)) {
      if (!isUserOf(seen, userId, companyId)) throw noAccess()
      if (seen.roles?.locationIds?.includes(locationId)) return seen
      if (seen.roles?.type !== 'agency') return listed(seen, question)
    }
    // Only the location's own company vouches for its people.
    if (installedCompanyId === companyId && (await hasCompanyToken(companyId))) {
      const ofAgency = await askOrRefusal(() => users.get({ kind: 'company', companyId }, userId))
      if (ofAgency instanceof AppError) throw refusalOf(seen, ofAgency)
      if (isUserOf(ofAgency, userId, companyId) && isAgencyUserFor(ofAgency, locationId)) return ofAgency
      throw refusalOf(seen)
    }
    if (seen instanceof AppError) throw refusalOf(seen, seen)
    // Without the company's token the platform must name the user's company itself.
    if (seen.companyId === companyId && isAgencyUserFor(seen, locationId)) return seen
    throw noAccess()
  }

  /** A user without any list of locations may still be in the location's list of users. */
  async function listed(seen: PlatformUser, { companyId, locationId }: UserQuestion): Promise<PlatformUser> {
    if (seen.roles?.locationIds) throw noAccess()
    const found = await askOrRefusal(() => users.listOfLocation(companyId, locationId))
    if (found instanceof AppError) throw refusalOf(found, found)
    if (found.some(({ id, deleted }) => id === seen.id && deleted !== true)) return seen
    throw noAccess()
  }

  /** In whatever location: the next to ask reads it from the platform. */
  function forget(userId: string): void {
    for (const key of kept.keys()) if (key.endsWith(`/${userId}`)) kept.delete(key)
  }

  return { of, forget }
}

/** A connection that cannot answer who somebody is has to be mended: that comes before "no access". */
function refusalOf(answer: unknown, cause?: unknown): AppError {
  return answer instanceof AppError && answer.code === 'reconnect_required' ? answer : noAccess(cause)
}

/** The refusal, where the platform refuses to tell; what may pass is thrown. */
async function askOrRefusal<Answer>(ask: () => Promise<Answer>): Promise<Answer | AppError> {
  try {
    return await ask()
  } catch (error) {
    const refusals: AppError['code'][] = ['not_found', 'forbidden', 'rejected', 'reconnect_required']
    if (error instanceof AppError && refusals.includes(error.code)) return error
    throw error
  }
}

function isUserOf(user: PlatformUser, userId: string, companyId: string): boolean {
  return user.id === userId && user.deleted !== true && (!user.companyId || user.companyId === companyId)
}

function isAgencyUserFor(user: PlatformUser, locationId: string): boolean {
  if (user.roles?.type !== 'agency') return false
  return user.roles.restrictSubAccount !== true || (user.roles.locationIds?.includes(locationId) ?? false)
}

function toAccess(user: PlatformUser): UserAccess {
  const fullName = [user.firstName, user.lastName].filter(Boolean).join(' ')
  return {
    name: user.name?.trim() || fullName || 'Unnamed user',
    email: user.email ?? '',
    role: user.roles?.role === 'admin' ? 'admin' : 'user',
    assignedDataOnly: user.permissions?.assignedDataOnly === true,
    permissions: {
      contacts: user.permissions?.contactsEnabled !== false,
      conversations: user.permissions?.conversationsEnabled !== false,
      tags: user.permissions?.tagsEnabled !== false,
    },
  }
}

function noAccess(cause?: unknown): AppError {
  return new AppError('forbidden', 'You have no access to this sub-account.', { cause })
}
