import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { contactName } from '../sandbox/shell/shell-view.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'
import type { World } from '../support/world.ts'

const { contact } = seedIds

/** Names of those last spoken with, the latest first. */
function recentNames({ sandbox: { state } }: World): string[] {
  return state.conversations
    .filter(({ locationId }) => locationId === seedIds.location.main)
    .sort((one, other) => other.lastMessageDate.localeCompare(one.lastMessageDate))
    .flatMap(({ contactId }) => state.contacts.filter(({ id }) => id === contactId))
    .map(contactName)
}

describe('finding a contact', () => {
  test('When a part of a name is typed, then arrow down and Enter open who was found', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    await crm.focusApp()
    await page.keyboard.press('/')
    await expect(view.search).toBeFocused()
    await page.keyboard.type('okaf')
    await expect(view.contacts).toHaveText([/Maya Okafor/])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(view.heading).toHaveText('Maya Okafor')
    await expect(view.message).toBeFocused()
    await expect(view.conversation.getByRole('article').first()).toBeVisible()
  })

  test('When Enter follows the name at once and the message follows Enter, then nothing waits and no letter is lost', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    await crm.focusApp()
    await page.keyboard.press('/')
    await page.keyboard.type('maya okafor')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Is Thursday at three still free?')
    await expect(view.heading).toHaveText('Maya Okafor')
    await expect(view.message).toBeFocused()
    await expect(view.message).toHaveValue('Is Thursday at three still free?')
    await expect(view.search).toHaveValue('maya okafor')
  })

  test('When arrow down and Enter follow the name at once, then who was searched opens, not who was listed', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    await expect(view.contacts.first()).not.toHaveText(/Maya Okafor/)
    await crm.focusApp()
    await page.keyboard.press('/')
    await page.keyboard.type('maya okafor')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(view.heading).toHaveText('Maya Okafor')
    await expect(view.message).toBeFocused()
  })

  test('When Enter is pressed where several are found, then the keyboard is in the list', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await view.search.fill('an')
    await page.keyboard.press('Enter')
    await expect(view.contacts.first()).toBeFocused()
    await expect(crm.app.getByRole('heading', { name: 'Search results' })).toBeVisible()
    expect(await view.contacts.count()).toBeGreaterThan(1)
  })

  test('When a contact is clicked, then it opens; and when nobody fits, then the list says so', async ({
    crm,
    view,
  }) => {
    await crm.open()
    await view.search.fill('jonas')
    await expect(view.contacts).toHaveText(['Jonas Weidmann'])
    await view.contacts.first().click()
    await expect(view.heading).toHaveText('Jonas Weidmann')

    await view.search.fill('nobody is called this')
    await expect(crm.app.getByText('Nobody found for “nobody is called this”')).toBeVisible()
    await expect(view.heading).toHaveText('Jonas Weidmann')
  })

  test('When the mouse moves a bit while a contact is pressed, then it opens all the same', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    const row = view.contacts.filter({ hasText: 'Maya Okafor' })
    await row.hover()
    const box = await row.boundingBox()
    if (!box) throw new Error('No row')
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2 + 12, box.y + box.height / 2 + 3, { steps: 6 })
    await page.mouse.up()
    await expect(view.heading).toHaveText('Maya Okafor')
  })

  test('When the frame is opened with a contact id, then that contact is open', async ({ crm, view }) => {
    await crm.openContact(contact.maya)
    await expect(view.heading).toHaveText('Maya Okafor')
    await expect(view.tags).toHaveText([/vip/, /newsletter/])
    await expect(crm.app.getByText('Blue Finch Studio')).toBeVisible()
    await expect(crm.app.getByText('9:00 AM for them')).toBeVisible()
  })

  test('When the contact id belongs to another sub-account, then nothing of it is shown', async ({
    crm,
    view,
  }) => {
    await crm.openContact(contact.foreign)
    await expect(view.heading).toHaveText('This contact cannot be shown')
    await expect(crm.app.getByText('Dolores')).toHaveCount(0)
  })

  test('When next and previous are pressed, then the open contact follows the list', async ({
    crm,
    page,
    view,
    world,
  }) => {
    const [first = '', second = ''] = recentNames(world)
    await crm.open()
    await view.contacts.first().click()
    await expect(view.heading).toHaveText(first)
    await page.keyboard.press('Alt+ArrowDown')
    await expect(view.heading).toHaveText(second)
    await page.keyboard.press('Alt+ArrowUp')
    await expect(view.heading).toHaveText(first)
    await crm.app.getByRole('button', { name: 'Next contact' }).click()
    await expect(view.heading).toHaveText(second)
    await page.keyboard.press('k')
    await expect(view.heading).toHaveText(first)
  })

  test('When a question mark is pressed, then the shortcuts show until Escape', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.message).toBeFocused()
    await view.heading.click()
    await page.keyboard.press('?')
    const sheet = crm.app.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await expect(sheet).toContainText('Wrap up everything filled in')
    await page.keyboard.press('Escape')
    await expect(sheet).toBeHidden()
  })

  test('When a name holds markup, then it is shown as it was written', async ({ crm, view }) => {
    await crm.openContact(contact.htmlName)
    await expect(view.heading).toContainText('<b>Bobby</b> <img src=x onerror="alert(1)">')
    await expect(view.tags).toContainText(['<i>tag</i>'])
  })
})
