import type { Role } from '../shared/session-contract.ts'
import { AppError } from './errors.ts'

/**
 * @param can what it takes an admin for, as "see who did what"
 * @returns who asked, who is an admin of the location
 * @throws {AppError} `forbidden`
 */
export function requireAdmin<Asker extends { role: Role }>(asker: Asker, can: string): Asker {
  if (asker.role === 'admin') return asker
  throw new AppError('forbidden', `Only an admin of this sub-account can ${can}.`)
}

/** A log of a location tells of all its contacts. @throws {AppError} `forbidden` for who sees assigned data only */
export function requireAllContacts({ assignedDataOnly }: { assignedDataOnly: boolean }): void {
  if (assignedDataOnly) {
    throw new AppError('forbidden', 'The log tells of all contacts, and you see only your own.')
  }
}

const lacks = {
  contacts: 'Your CRM user may not see contacts.',
  conversations: 'Your CRM user may not send texts.',
  tags: 'Your CRM user may not change tags.',
} as const

/** The location's token would let anybody do everything. @throws {AppError} `forbidden` */
export function requirePermission(
  { permissions }: { permissions: Readonly<Record<keyof typeof lacks, boolean>> },
  name: keyof typeof lacks,
): void {
  if (!permissions[name]) throw new AppError('forbidden', `${lacks[name]} Ask an admin.`)
}
