import { expect, type Page } from '@playwright/test'
import type { DemoStage } from '../test/sandbox/demo-stage.ts'
import { seedIds } from '../test/sandbox/seed/seed-ids.ts'
import { contactView } from '../test/support/contact-view.ts'
import { createCrmShell } from '../test/support/crm-shell.ts'

const { contact, location, user } = seedIds

/** Brings a page to a state worth a picture. Scenes run in this order on one stage, each in a fresh context. */
export type Scene = { name: string; show: (page: Page, stage: DemoStage) => Promise<void> }

function viewOf(page: Page, { sandbox }: DemoStage) {
  const crm = createCrmShell(page, { sandbox })
  return { crm, ...contactView(crm.app) }
}

async function fillIn(view: ReturnType<typeof viewOf>): Promise<void> {
  await view.message.fill('Thank you for your call, Maya. The offer for the two variants follows today.')
  await view.addTag.fill('offer sent')
  await view.followUp.fill('Ask what she thinks of the offer')
  await view.note.fill('Wants two variants: with and without the porch.')
}

/** Before anything is installed. */
const firstScenes: Scene[] = [
  {
    name: 'not-installed',
    show: async (page, { sandbox }) => {
      await page.goto(`${sandbox.origin}/`)
      await expect(page.getByRole('link', { name: 'Install Wrapup' })).toBeVisible()
    },
  },
  {
    name: 'consent',
    show: async (page, { publicUrl }) => {
      await page.goto(`${publicUrl}/oauth/install`)
      await page.getByLabel('Signed in as').selectOption(user.owner)
      await expect(page.getByRole('checkbox').first()).toBeVisible()
    },
  },
  {
    name: 'installed',
    show: async (page, { publicUrl }) => {
      await page.goto(`${publicUrl}/oauth/install`)
      await page.getByLabel('Signed in as').selectOption(user.admin)
      await page.getByRole('radio', { name: 'Harbor Home Services' }).check()
      await page.getByRole('button', { name: 'Install' }).click()
      await expect(page.getByRole('heading', { name: 'Wrapup is installed' })).toBeVisible()
    },
  },
  {
    name: 'standalone',
    show: async (page, { publicUrl }) => {
      await page.goto(publicUrl)
      await expect(page.getByRole('alert')).toBeVisible()
    },
  },
]

const listScenes: Scene[] = [
  {
    name: 'recent-conversations',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.open()
      await expect(view.contacts.first()).toBeVisible()
    },
  },
  {
    name: 'nobody-found',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.open()
      await view.search.fill('nobody of this name')
      await expect(view.crm.app.getByText(/^Nobody found/)).toBeVisible()
    },
  },
  {
    name: 'list-failed',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.open()
      await expect(view.contacts.first()).toBeVisible()
      stage.sandbox.faults.add({ method: 'POST', path: '/contacts/search', status: 500, times: 9 })
      await view.search.fill('maya')
      await expect(view.alert).toBeVisible({ timeout: 30_000 })
      stage.sandbox.faults.clear()
    },
  },
]

const contactScenes: Scene[] = [
  {
    name: 'contact',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.maya)
      await expect(view.notes.first()).toBeVisible()
      await expect(view.conversation.getByRole('article').first()).toBeVisible()
    },
  },
  {
    name: 'contact-loading',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.open()
      await expect(view.contacts.first()).toBeVisible()
      stage.sandbox.faults.add({ path: /^\/(contacts|conversations)\//, delayMs: 5_000, times: 9 })
      await view.contacts.first().click()
      await expect(view.heading).toBeVisible()
      stage.sandbox.faults.clear()
    },
  },
  {
    name: 'tag-offers',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.maya)
      await view.addTag.pressSequentially('le')
      await expect(view.crm.app.getByRole('option').first()).toBeVisible()
    },
  },
  {
    name: 'wrap-up-ready',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.maya)
      await fillIn(view)
    },
  },
  {
    name: 'wrap-up-partly-failed',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      stage.sandbox.faults.add({ method: 'POST', path: '/contacts/:contactId/tasks', status: 400 })
      await view.crm.openContact(contact.maya)
      await fillIn(view)
      await view.wrapUp.click()
      await expect(view.wrapUpResult.getByRole('listitem')).toHaveCount(4)
    },
  },
  {
    name: 'wrap-up-done',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.fresh)
      await fillIn(view)
      await view.wrapUp.click()
      await expect(view.wrapUpResult.getByRole('listitem')).toHaveCount(4)
      await expect(view.conversation).toContainText('Delivered', { timeout: 15_000 })
    },
  },
  {
    name: 'message-outcome-unknown',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      stage.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', loseAnswer: true })
      await view.crm.openContact(contact.jonas)
      await view.message.fill('Is Thursday at three still fine?')
      await view.send.click()
      await expect(view.alert).toBeVisible()
    },
  },
  {
    name: 'do-not-disturb',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.dndSms)
      await expect(view.message).toBeDisabled()
    },
  },
  {
    name: 'no-phone',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.noPhone)
      await expect(view.message).toBeDisabled()
    },
  },
  {
    name: 'contact-missing',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.foreign)
      await expect(view.alert).toBeVisible()
    },
  },
]

const dialogScenes: Scene[] = [
  {
    name: 'shortcuts',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.open()
      await view.crm.app.getByRole('button', { name: 'Keyboard shortcuts' }).click()
      await expect(view.crm.app.getByRole('dialog')).toBeVisible()
    },
  },
  {
    name: 'delete-follow-up',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.maya)
      await view.followUps.first().getByRole('button', { name: /^Delete/ }).click()
      await expect(view.crm.app.getByRole('alertdialog')).toBeVisible()
    },
  },
  {
    name: 'settings',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.open({ userId: user.admin })
      await view.crm.app.getByRole('link', { name: 'Settings' }).click()
      await expect(view.crm.app.getByRole('button', { name: 'Disconnect' })).toBeVisible()
    },
  },
]

const lastScenes: Scene[] = [
  {
    name: 'reconnect',
    show: async (page, stage) => {
      const view = viewOf(page, stage)
      await view.crm.openContact(contact.maya)
      await expect(view.notes.first()).toBeVisible()
      stage.sandbox.tokens.revoke(location.main)
      await view.search.fill('jonas')
      await expect(view.alert).toBeVisible()
    },
  },
]

export const scenes: Scene[] = [...firstScenes, ...listScenes, ...contactScenes, ...dialogScenes, ...lastScenes]
