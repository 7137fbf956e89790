import type { SandboxState } from '../state.ts'
import type { PlatformEvent } from './webhook-sender.ts'

/** As the platform sends it to the app's default address; an automatic install lacks user and company. */
export function installEvent(
  state: SandboxState,
  { locationId, companyId, userId }: { locationId?: string; companyId?: string; userId?: string },
): PlatformEvent {
  const company = state.companies.find(({ id }) => id === companyId)
  return {
    type: 'INSTALL',
    installType: locationId ? 'Location' : 'Company',
    ...(locationId ? { locationId } : {}),
    ...(company ? { companyId: company.id, companyName: company.name } : {}),
    ...(userId ? { userId } : {}),
    isWhitelabelCompany: false,
    whitelabelDetails: {},
  }
}

export function uninstallEvent(target: { locationId: string } | { companyId: string }): PlatformEvent {
  return { type: 'UNINSTALL', ...target }
}
