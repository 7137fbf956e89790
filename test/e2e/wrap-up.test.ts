import type { Page } from '@playwright/test'
import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import type { ContactView } from '../support/contact-view.ts'
import { expect } from '../support/patient-expect.ts'
import { sentTexts, writesTo } from '../support/platform-calls.ts'

const { contact } = seedIds

const wrapUp = {
  message: 'Thank you for the call, the offer follows today.',
  tag: 'offer sent',
  followUp: 'Ask about the offer',
  note: 'Wants two variants',
}

async function fillIn(view: ContactView): Promise<void> {
  await view.message.fill(wrapUp.message)
  await view.addTag.fill(wrapUp.tag)
  await view.followUp.fill(wrapUp.followUp)
  await view.note.fill(wrapUp.note)
}

/** Presses keys and counts them; typing a text counts nothing. */
function createTypist(page: Page) {
  let pressed = 0
  return {
    press: async (keys: string) => {
      pressed += 1
      await page.keyboard.press(keys)
    },
    type: (text: string) => page.keyboard.type(text),
    pressed: () => pressed,
  }
}

describe('wrap up', () => {
  test('When all is filled in, then one shortcut does everything and says so', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await fillIn(view)
    await page.keyboard.press('Control+Enter')
    await expect(view.wrapUpResult.getByRole('listitem')).toHaveText([
      /^Message sent/,
      'Tags added',
      'Follow-up added',
      'Note added',
    ])
    for (const field of [view.message, view.addTag, view.followUp, view.note])
      await expect(field).toHaveValue('')
    await expect(view.conversation).toContainText(wrapUp.message)
    await expect(view.tags).toContainText([wrapUp.tag])
    await expect(view.followUps).toContainText([wrapUp.followUp])
    await expect(view.notes).toContainText([wrapUp.note])
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When one part fails, then the others stand, and a retry does only what failed', async ({
    crm,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/contacts/:contactId/tasks', status: 400 })
    await crm.openContact(contact.maya)
    await fillIn(view)
    await view.wrapUp.click()
    await expect(view.wrapUpResult.getByRole('listitem')).toHaveText([
      /^Message sent/,
      'Tags added',
      /^Follow-up not added: /,
      'Note added',
    ])
    await expect(view.followUp).toHaveValue(wrapUp.followUp)
    await expect(view.message).toHaveValue('')

    await view.wrapUpResult.getByRole('button', { name: 'Retry what failed' }).click()
    await expect(view.wrapUpResult).toContainText('Follow-up added')
    await expect(view.followUp).toHaveValue('')
    expect(sentTexts(world)).toHaveLength(1)
    expect(writesTo(world, /\/notes$/)).toHaveLength(1)
    expect(writesTo(world, /\/tags$/)).toHaveLength(1)
    expect(writesTo(world, /\/tasks$/)).toHaveLength(2)
  })

  test('When nobody knows what became of the text, then it is never sent again by itself', async ({
    crm,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', reset: true })
    await crm.openContact(contact.maya)
    await fillIn(view)
    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Message may or may not have gone out')
    await expect(view.wrapUpResult).toContainText('Note added')
    await expect(view.alert).toContainText('Nothing is sent by itself.')

    await view.wrapUpResult.getByRole('button', { name: 'Retry what failed' }).click()
    await view.note.fill('Another one')
    await view.wrapUp.click()
    await expect(view.note).toHaveValue('')
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When nothing is filled in, then it says what could be', async ({ crm, view }) => {
    await crm.openContact(contact.maya)
    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Nothing to wrap up yet')
  })

  test('When a contact is on do not disturb, then the rest of the wrap-up still happens', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.dndSms)
    await view.addTag.fill(wrapUp.tag)
    await view.note.fill(wrapUp.note)
    await page.keyboard.press('Control+Enter')
    await expect(view.wrapUpResult.getByRole('listitem')).toHaveText(['Tags added', 'Note added'])
    expect(sentTexts(world)).toEqual([])
  })

  test('When a known contact is wrapped up for the first time, then twelve key presses are enough', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    await crm.focusApp()
    const keys = createTypist(page)
    await keys.press('/')
    await keys.type('Maya Okafor')
    await expect(view.contacts).toHaveText([/Maya Okafor/])
    await keys.press('Enter')
    await expect(view.message).toBeFocused()
    await keys.type(wrapUp.message)
    await keys.press('Alt+t')
    await keys.type(wrapUp.tag)
    await keys.press('Alt+f')
    await keys.type(wrapUp.followUp)
    await keys.press('Alt+n')
    await keys.type(wrapUp.note)
    await keys.press('Control+Enter')
    await expect(view.wrapUpResult.getByRole('listitem')).toHaveText([
      /^Message sent/,
      'Tags added',
      'Follow-up added',
      'Note added',
    ])
    expect(keys.pressed()).toBeLessThanOrEqual(12)
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When only a keyboard is at hand, then the way leads from the menu of the CRM to a finished contact', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    await page.getByRole('link', { name: 'Dashboard' }).focus()
    await expect(async () => {
      await page.keyboard.press('Tab')
      await expect(view.search).toBeFocused({ timeout: 400 })
    }).toPass()
    await page.keyboard.type('okafor')
    await expect(view.contacts).toHaveText([/Maya Okafor/])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(view.message).toBeFocused()
    await page.keyboard.type(wrapUp.message)
    for (const field of [view.addTag, view.followUp, view.due, view.assignee, view.note]) {
      await expect(async () => {
        await page.keyboard.press('Tab')
        await expect(field).toBeFocused({ timeout: 400 })
      }).toPass()
      if (field === view.followUp) await page.keyboard.type(wrapUp.followUp)
    }
    await page.keyboard.type(wrapUp.note)
    await page.keyboard.press('Control+Enter')
    await expect(view.wrapUpResult.getByRole('listitem')).toHaveText([
      /^Message sent/,
      'Follow-up added',
      'Note added',
    ])
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When the answer to the text is lost but the conversation shows it, then that settles it', async ({
    crm,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', loseAnswer: true })
    await crm.openContact(contact.maya)
    await fillIn(view)
    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Message sent')
    await expect(view.message).toHaveValue('')
    await expect(view.alert).toHaveCount(0)
    await expect(view.wrapUpResult.getByRole('button')).toHaveCount(0)
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When a slow wrap-up sends the text, then Send waits for it', async ({ crm, page, view, world }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', delayMs: 1_500 })
    await crm.openContact(contact.maya)
    await view.message.fill(wrapUp.message)
    await expect(view.send).toBeEnabled()
    await page.keyboard.press('Control+Enter')
    await expect(view.send).toBeDisabled()
    await view.send.click({ force: true })
    await expect(view.wrapUpResult).toContainText('Message sent')
    await expect(view.message).toHaveValue('')
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When one is offline, then nothing was sent, and back online one press sends it once', async ({
    context,
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.conversation).toHaveAttribute('aria-busy', 'false')
    await view.message.fill(wrapUp.message)
    await context.setOffline(true)
    await page.keyboard.press('Control+Enter')
    await expect(view.alert).toContainText('You are offline, so it never left this page.')
    await view.send.click()
    await expect(view.alert.filter({ hasText: 'The message was not sent.' })).toBeVisible()
    await context.setOffline(false)
    await view.send.click()
    await expect(view.message).toHaveValue('')
    await expect(view.alert).toHaveCount(0)
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When a wrap-up fails after one has moved on, then the page says so and leads back', async ({
    crm,
    page,
    view,
    world,
  }) => {
    world.sandbox.faults.add({
      method: 'POST',
      path: '/conversations/messages',
      status: 400,
      delayMs: 1_000,
    })
    await crm.openContact(contact.maya)
    await expect(view.contacts.first()).toBeVisible()
    await expect(view.heading).toHaveText(/Okafor/)
    await view.message.fill(wrapUp.message)
    await page.keyboard.press('Control+Enter')
    await page.keyboard.press('Alt+ArrowDown')
    await expect(view.heading).not.toHaveText(/Okafor/)
    await expect(view.alert).toContainText('Maya Okafor: Message not sent.')
    await view.alert.getByRole('button', { name: 'Open' }).click()
    await expect(view.heading).toHaveText(/Okafor/)
    await expect(view.wrapUpResult).toContainText('Message not sent')
    await expect(view.message).toHaveValue(wrapUp.message)
    await expect(view.alert).toHaveCount(0)
  })

  test('When the carrier does not deliver the text, then the result follows', async ({ crm, view }) => {
    await crm.openContact(contact.failing)
    await view.message.fill(wrapUp.message)
    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Message not delivered')
    await expect(view.conversation.getByRole('article').last()).toContainText('Check the phone number')
  })
})
