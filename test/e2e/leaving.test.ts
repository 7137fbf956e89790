import type { Page } from '@playwright/test'
import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'

const { contact } = seedIds

/** Stays on the page when the browser asks. */
async function isAsked(page: Page, leave: () => Promise<unknown>): Promise<void> {
  const asked = page.waitForEvent('dialog')
  const left = leave().catch(() => undefined)
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await left
}

describe('leaving the page', () => {
  test('When something is typed, then reloading and the menu of the CRM ask first, and it stays', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(contact.maya)
    await view.message.click()
    await page.keyboard.type('Half a thought')
    await isAsked(page, () => page.evaluate(() => window.location.reload()))
    await isAsked(page, () => page.getByRole('link', { name: 'Dashboard' }).click({ noWaitAfter: true }))
    await expect(view.message).toHaveValue('Half a thought')

    await view.message.fill('')
    await page.getByRole('link', { name: 'Dashboard' }).click()
    await expect(page).toHaveURL(/dashboard/)
  })

  test('When a note is being changed and the next contact called, then the change is kept, and its row says so', async ({
    crm,
    page,
    view,
    world,
  }) => {
    const bodies = () => world.sandbox.state.notes.map(({ body }) => body)
    const editor = crm.app.getByRole('textbox', { name: 'Edit note' })
    await crm.open()
    await view.search.fill('maya okafor')
    await page.keyboard.press('Enter')
    await view.notes.first().getByRole('button', { name: 'Edit note' }).click()
    await editor.fill('Prefers evenings')
    await view.search.fill('')
    await expect(view.contacts.nth(1)).toBeVisible()
    await page.keyboard.press('Alt+ArrowDown')
    await expect(view.heading).not.toHaveText('Maya Okafor')
    await expect(editor).toHaveCount(0)
    await view.search.fill('maya okafor')
    await expect(view.contacts).toHaveText([/Maya Okafor/])
    await expect(view.contacts).toHaveAccessibleDescription(/Draft/)
    await page.keyboard.press('Enter')
    await expect(editor).toHaveValue('Prefers evenings')
    await expect(view.message).toBeFocused()
    await editor.press('Control+Enter')
    await expect(view.notes.filter({ hasText: 'Prefers evenings' })).toHaveCount(1)
    await expect(view.wrapUpResult).toBeEmpty()
    await expect.poll(bodies).toContain('Prefers evenings')
  })
})
