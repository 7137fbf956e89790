import { expect } from '@playwright/test'
import { seedIds } from '../test/sandbox/seed/seed-ids.ts'
import type { ContactView } from '../test/support/contact-view.ts'
import type { Scene } from './screenshot-stage.ts'

const { contact } = seedIds

async function fillIn(view: ContactView): Promise<void> {
  await view.message.fill('Thank you for your message. The offer for both variants follows today.')
  await view.addTag.fill('offer sent')
  await view.followUp.fill('Ask about the offer')
  await view.note.fill('Wants two variants: with and without the porch.')
}

export const contactScenes: Scene[] = [
  {
    name: 'contact',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.maya)
      await expect(view.notes.first()).toBeVisible()
      await expect(view.conversation.getByRole('article').first()).toBeVisible()
    },
  },
  {
    name: 'contact-loading',
    show: async ({ crm, view, sandbox }) => {
      await crm.open()
      await expect(view.contacts.first()).toBeVisible()
      const slow = sandbox.faults.add({ path: /^\/(contacts|conversations)\//, delayMs: 30_000, times: 9 })
      await view.contacts.nth(4).click()
      await expect(view.heading).toBeVisible()
      await expect.poll(() => slow.hits()).toBeGreaterThan(2)
    },
  },
  {
    name: 'new-message',
    show: async ({ crm, page, view, sandbox }) => {
      const stream = page.waitForResponse((response) => response.url().endsWith('/api/events'))
      await crm.openContact(contact.jonas)
      await stream
      const messages = view.conversation.getByRole('article')
      await expect(messages.first()).toBeVisible()
      const count = await messages.count()
      await view.conversation.press('Home')
      await expect.poll(() => messages.count()).toBeGreaterThan(count)
      sandbox.replyNow(contact.jonas, 'One more thing: do you take cards?')
      await expect(view.newMessage).toBeVisible()
    },
  },
  {
    name: 'offline',
    show: async ({ crm, page, view }) => {
      await crm.openContact(contact.maya)
      await expect(view.notes.first()).toBeVisible()
      await expect(view.conversation.getByRole('article').first()).toBeVisible()
      await view.message.fill('Thank you for your message. The offer follows today.')
      await page.context().setOffline(true)
      await expect(crm.app.getByRole('status').filter({ hasText: 'You are offline' })).toBeVisible()
    },
  },
  {
    name: 'tag-offers',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.maya)
      await expect(view.notes.first()).toBeVisible()
      await expect(view.conversation.getByRole('article').first()).toBeVisible()
      await view.addTag.pressSequentially('le')
      await expect(crm.app.getByRole('listbox')).toBeVisible()
    },
  },
  {
    name: 'wrap-up-ready',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.maya)
      await fillIn(view)
    },
  },
  {
    name: 'wrap-up-partly-failed',
    show: async ({ crm, view, sandbox }) => {
      sandbox.faults.add({ method: 'POST', path: '/contacts/:contactId/tasks', status: 400 })
      await crm.openContact(contact.maya)
      await fillIn(view)
      await view.wrapUp.click()
      await expect(view.wrapUpResult.getByRole('listitem')).toHaveCount(4)
    },
  },
  {
    name: 'wrap-up-done',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.fresh)
      await fillIn(view)
      await view.wrapUp.click()
      await expect(view.wrapUpResult.getByRole('listitem')).toHaveCount(4)
      await expect(view.conversation).toContainText('Delivered', { timeout: 15_000 })
    },
  },
  {
    name: 'message-outcome-unknown',
    show: async ({ crm, view, sandbox }) => {
      sandbox.faults.add({ method: 'POST', path: '/conversations/messages', reset: true })
      await crm.openContact(contact.jonas)
      await view.message.fill('Yes, Thursday at three is still free. See you then!')
      await view.send.click()
      await expect(view.alert).toBeVisible()
    },
  },
  {
    name: 'do-not-disturb',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.dndSms)
      await expect(view.message).toBeDisabled()
    },
  },
  {
    name: 'no-phone',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.noPhone)
      await expect(view.message).toBeDisabled()
    },
  },
  {
    name: 'contact-missing',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.foreign)
      await expect(view.heading).toHaveText('This contact cannot be shown')
    },
  },
]
