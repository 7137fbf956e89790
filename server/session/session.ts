import type { Role } from '../../shared/session-contract.ts'

/** What the CRM lets a user see and change in their own name. */
export type Permissions = { contacts: boolean; conversations: boolean; tags: boolean }

/** Who asks, and for which location: all of it comes from our token and the platform, nothing from the request. */
export type Session = {
  userId: string
  role: Role
  /** The user may see and touch only what is assigned to them. */
  assignedDataOnly: boolean
  permissions: Permissions
  companyId: string
  locationId: string
  /** IANA zone of the location. */
  timezone: string
  /** A new one on each reinstall: a session does not outlive its installation. */
  installationId: string
}
