import type { FrameLocator, Page } from '@playwright/test'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

export type CrmAddress = { locationId?: string; userId?: string; contactId?: string }

/** The CRM around the app, as somebody in front of it sees it. */
export type CrmShell = {
  page: Page
  /** The app inside its frame. */
  app: FrameLocator
  /** Opens the app from the CRM: by default the rep in the main sub-account. */
  open(address?: CrmAddress): Promise<void>
  /** Opens it at a contact, by the address alone. */
  openContact(contactId: string, address?: CrmAddress): Promise<void>
  /** As Tab does from the CRM's own page. */
  focusApp(): Promise<void>
  switchUser(label: string | RegExp): Promise<void>
  switchLocation(name: string): Promise<void>
}

export function createCrmShell(page: Page, { sandbox }: { sandbox: Pick<Sandbox, 'origin'> }): CrmShell {
  const open = async ({ locationId, userId, contactId }: CrmAddress = {}) => {
    const query = new URLSearchParams({ user_id: userId ?? seedIds.user.rep })
    if (contactId) query.set('contact_id', contactId)
    const path = `/v2/location/${locationId ?? seedIds.location.main}/custom-page-link/wrapup`
    await page.goto(`${sandbox.origin}${path}?${query}`)
  }
  const choose = async (name: string, label: string | RegExp) => {
    const option = page.getByLabel(name).getByRole('option', { name: label })
    const address = await option.getAttribute('value')
    await page.getByLabel(name).selectOption(address)
    await page.waitForURL((url) => `${url.pathname}${url.search}` === address)
  }
  return {
    page,
    app: page.frameLocator('iframe[title="Wrapup"]'),
    open,
    openContact: (contactId, address) => open({ ...address, contactId }),
    focusApp: () => page.locator('iframe[title="Wrapup"]').focus(),
    switchUser: (label) => choose('User', label),
    switchLocation: (name) => choose('Sub-account', name),
  }
}
