import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'

const { contact } = seedIds

describe('working the list', () => {
  test('When each contact is noted or texted and the next one called, then nobody comes twice, whoever writes', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.open()
    await expect(view.contacts.nth(5)).toBeVisible()
    const names = (await view.contacts.allTextContents()).map((name) => name.trim()).slice(0, 6)
    await view.contacts.first().click()
    for (const [index, name] of names.entries()) {
      await expect(view.heading).toHaveText(name)
      if (await view.message.isEditable()) await view.message.fill('Are we still on for Thursday?')
      else await view.note.fill('Called them')
      await page.keyboard.press('Control+Enter')
      await expect(view.wrapUpResult).toContainText(/Message sent|Note added/)
      if (index === 2) {
        world.sandbox.replyNow(contact.jonas, 'A moment, please')
        await expect(view.contacts.filter({ hasText: 'Jonas Weidmann' })).toHaveAccessibleDescription(
          /A moment, please/,
        )
      }
      expect((await view.contacts.allTextContents()).map((text) => text.trim()).slice(0, 6)).toEqual(names)
      await page.keyboard.press('Alt+ArrowDown')
    }
    await expect(view.heading).not.toHaveText(names.at(-1) ?? '')
    await expect(view.contacts.first()).toHaveText(names[0] ?? '')

    await view.heading.click()
    await crm.app.getByRole('button', { name: /^Show \d+ new$/ }).click()
    await expect(view.contacts.first()).not.toHaveText(names[0] ?? '')
    await expect(view.contacts.first()).toBeFocused()
  })

  test('When the only one found is wrapped up, then nothing offers a next one; in the list it leads there', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await view.search.fill('maya okafor')
    await page.keyboard.press('Enter')
    await expect(view.heading).toHaveText('Maya Okafor')
    await view.note.fill('Called them')
    await page.keyboard.press('Control+Enter')
    await expect(view.wrapUpResult).toContainText('Note added')
    const next = crm.app.getByRole('button', { name: 'Next in the list' })
    await expect(next).toHaveCount(0)
    await expect(crm.app.getByRole('button', { name: 'Next contact' })).toBeDisabled()
    await view.search.fill('')
    await next.click()
    await expect(view.heading).not.toHaveText('Maya Okafor')
    await expect(view.message).toBeFocused()
  })

  test('When the connection is back, then the list, the search and the conversation are there by themselves', async ({
    context,
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await view.contacts.first().click()
    await expect(view.conversation.getByRole('article').first()).toBeVisible()
    await context.setOffline(true)
    await page.keyboard.press('Alt+ArrowDown')
    await expect(view.alert.filter({ hasText: 'The contact could not be loaded.' })).toBeVisible()
    await view.search.fill('jonas')
    const failure = view.alert.filter({ hasText: 'The contacts could not be loaded.' })
    await expect(failure).toBeVisible()
    await expect(crm.app.getByRole('heading', { name: 'Search results' })).toBeVisible()
    await expect(view.contacts).toHaveCount(0)

    await context.setOffline(false)
    await expect(view.contacts).toHaveText([/Jonas Weidmann/])
    await expect(view.conversation.getByRole('article').first()).toBeVisible()
    await expect(view.alert).toHaveCount(0)
  })
})
