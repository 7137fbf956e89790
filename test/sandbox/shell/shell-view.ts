import type { SandboxContact, SandboxLocation, SandboxState, SandboxUser } from '../state.ts'

export const shellPages = ['dashboard', 'conversations', 'contacts', 'contact', 'wrapup', 'settings'] as const
export type ShellPage = (typeof shellPages)[number]

/** A text that was typed and not sent. */
export type ShellRefusal = { reason: string; text: string }

/** Who looks at what in the CRM shell. */
export type ShellView = {
  page: ShellPage
  location: SandboxLocation
  /** The sub-accounts that the user may switch to. */
  locations: readonly SandboxLocation[]
  user: SandboxUser
  /** The users that may look at this sub-account. */
  users: readonly SandboxUser[]
  contactId: string | null
  installed: boolean
  guide: boolean
  refusal: ShellRefusal | null
}

export type ShellChoice = {
  page: ShellPage
  locationId: string | undefined
  userId: string | undefined
  contactId: string | undefined
  guide: boolean
}

export function isAgencyUser(user: SandboxUser): boolean {
  return user.roles.type === 'agency'
}

/** Agency users see every sub-account of their company, others those they are listed in. */
export function locationsOf(state: SandboxState, user: SandboxUser): SandboxLocation[] {
  return state.locations.filter(
    (location) =>
      location.companyId === user.companyId &&
      (isAgencyUser(user) || user.roles.locationIds.includes(location.id)),
  )
}

export function usersOf(state: SandboxState, location: SandboxLocation): SandboxUser[] {
  const rank = (user: SandboxUser) =>
    (isAgencyUser(user) ? 4 : 0) +
    (user.roles.role === 'user' ? 2 : 0) +
    (user.permissions.assignedDataOnly ? 1 : 0)
  return state.users
    .filter((user) => !user.deleted && locationsOf(state, user).includes(location))
    .sort((one, other) => rank(one) - rank(other))
}

export function roleName(user: SandboxUser): string {
  if (isAgencyUser(user)) return user.roles.role === 'admin' ? 'agency owner' : 'agency user'
  if (user.roles.role === 'admin') return 'admin'
  return user.permissions.assignedDataOnly ? 'user, assigned data only' : 'user'
}

export function userName(user: SandboxUser): string {
  return `${user.firstName} ${user.lastName}`
}

/** Ids that fit nothing fall back: the first sub-account that is active, its first admin. */
export function shellView(state: SandboxState, choice: ShellChoice): ShellView {
  const location =
    state.locations.find(({ id }) => id === choice.locationId) ??
    state.locations.find(({ active }) => active) ??
    state.locations[0]
  if (!location) throw new Error('The sandbox holds no sub-account to show.')
  const users = usersOf(state, location)
  const user = users.find(({ id }) => id === choice.userId) ?? users[0]
  if (!user) throw new Error(`Nobody may look at the sub-account ${location.name}.`)
  return {
    page: choice.page,
    location,
    locations: locationsOf(state, user),
    user,
    users,
    contactId: choice.contactId ?? null,
    installed: state.installs.some(({ locationId }) => locationId === location.id),
    guide: choice.guide,
    refusal: null,
  }
}

/** Below a sub-account's own address. */
function pagePath(page: ShellPage, contactId: string | undefined): string {
  return {
    dashboard: 'dashboard',
    conversations: ['conversations/conversations', ...(contactId ? [contactId] : [])].join('/'),
    contacts: 'contacts/smart_list/All',
    contact: `contacts/detail/${contactId ?? ''}`,
    wrapup: 'custom-page-link/wrapup',
    settings: 'settings/phone_system',
  }[page]
}

/** As a route. */
export function shellPath(page: ShellPage, contactId?: ':contactId'): string {
  return `/v2/location/:locationId/${pagePath(page, contactId)}`
}

export function shellAddress(view: ShellView, change: { page: ShellPage; contactId?: string }): string {
  const query = new URLSearchParams({ user_id: view.user.id })
  if (change.page === 'wrapup' && change.contactId) query.set('contact_id', change.contactId)
  return `/v2/location/${view.location.id}/${pagePath(change.page, change.contactId)}?${query}`
}

/** The contacts that the user may see, by name. */
export function visibleContacts(state: SandboxState, { location, user }: ShellView): SandboxContact[] {
  return state.contacts
    .filter(({ locationId }) => locationId === location.id)
    .filter(({ assignedTo }) => !user.permissions.assignedDataOnly || assignedTo === user.id)
    .sort((one, other) => contactName(one).localeCompare(contactName(other)))
}

export function contactName({ firstName, lastName, email }: SandboxContact): string {
  return `${firstName} ${lastName}`.trim() || (email ?? 'Unnamed contact')
}
