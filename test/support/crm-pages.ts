import type { Page } from '@playwright/test'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** The CRM's own pages in the main sub-account, outside of the app. */
export function createCrmPages(page: Page, { sandbox }: { sandbox: Pick<Sandbox, 'origin'> }) {
  const open = (path: string, userId: string) =>
    page.goto(`${sandbox.origin}/v2/location/${seedIds.location.main}/${path}?user_id=${userId}`)
  const thread = page.getByRole('region', { name: 'Thread' })
  return {
    page,
    openThread: (contactId: string, userId: string = seedIds.user.rep) =>
      open(`conversations/conversations/${contactId}`, userId),
    messages: thread.getByRole('log', { name: 'Messages' }).getByRole('article'),
    message: thread.getByRole('textbox', { name: 'Message' }),
    send: thread.getByRole('button', { name: 'Send' }),
    refusal: thread.getByRole('alert'),
    /** As the admin does it, in the phone settings. */
    async chooseSmsProvider(name: string): Promise<void> {
      await open('settings/phone_system', seedIds.user.admin)
      await page.getByRole('radio', { name: new RegExp(`^${name}`) }).check()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('radio', { name: new RegExp(`^${name}`), checked: true }).waitFor()
    },
  }
}

export type CrmPages = ReturnType<typeof createCrmPages>
