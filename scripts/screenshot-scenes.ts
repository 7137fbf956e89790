import { expect } from '@playwright/test'
import type { FailedJob } from '../shared/failed-job-contract.ts'
import { seedIds } from '../test/sandbox/seed/seed-ids.ts'
import { contactScenes } from './screenshot-contact-scenes.ts'
import { providerScenes } from './screenshot-provider-scenes.ts'
import { ruleScenes } from './screenshot-rule-scenes.ts'
import type { Scene } from './screenshot-stage.ts'

const { contact, location, user } = seedIds
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

/** Before anything is installed. */
const firstScenes: Scene[] = [
  {
    name: 'not-installed',
    show: async ({ page, sandbox }) => {
      await page.goto(`${sandbox.origin}/`)
      await expect(page.getByRole('link', { name: 'Install Wrapup' })).toBeVisible()
    },
  },
  {
    name: 'consent',
    show: async ({ page, publicUrl }) => {
      await page.goto(`${publicUrl}/oauth/install`)
      await page.getByLabel('Signed in as').selectOption(user.owner)
      await expect(page.getByRole('checkbox').first()).toBeVisible()
    },
  },
  {
    name: 'installed',
    show: async ({ page, publicUrl }) => {
      await page.goto(`${publicUrl}/oauth/install`)
      await page.getByLabel('Signed in as').selectOption(user.admin)
      await page.getByRole('radio', { name: 'Harbor Home Services' }).check()
      await page.getByRole('button', { name: 'Install' }).click()
      await expect(page.getByRole('heading', { name: 'Wrapup is installed' })).toBeVisible()
    },
  },
  {
    name: 'standalone',
    show: async ({ page, publicUrl }) => {
      await page.goto(publicUrl)
      await expect(page.getByRole('alert')).toBeVisible()
    },
  },
]

const listScenes: Scene[] = [
  {
    name: 'recent-conversations',
    show: async ({ crm, view, sandbox }) => {
      sandbox.replyNow(contact.jonas, 'Is Thursday at three still free?')
      sandbox.replyNow(contact.fresh, 'Hi, a friend gave me your number. What would a new porch cost?')
      sandbox.replyNow(contact.maya, 'Could you send me an offer for both variants?')
      await crm.open()
      await expect(view.contacts.first()).toBeVisible()
    },
  },
  {
    name: 'nobody-found',
    show: async ({ crm, view }) => {
      await crm.open()
      await view.search.fill('nobody of this name')
      await expect(crm.app.getByText(/^Nobody found/)).toBeVisible()
    },
  },
  {
    name: 'list-failed',
    show: async ({ crm, view, sandbox }) => {
      sandbox.faults.add({ path: '/conversations/search', status: 500, times: 9 })
      await crm.open()
      await expect(view.alert).toContainText('The contacts could not be loaded', { timeout: 30_000 })
    },
  },
]

const dialogScenes: Scene[] = [
  {
    name: 'shortcuts',
    show: async ({ crm, view }) => {
      await crm.open()
      await expect(view.contacts.first()).toBeVisible()
      await crm.app.getByRole('button', { name: 'Keyboard shortcuts' }).click()
      await expect(crm.app.getByRole('dialog')).toBeVisible()
    },
  },
  {
    name: 'delete-follow-up',
    show: async ({ crm, view }) => {
      await crm.openContact(contact.maya)
      await view.followUps
        .first()
        .getByRole('button', { name: /^Delete/ })
        .click()
      await expect(crm.app.getByRole('alertdialog')).toBeVisible()
    },
  },
  {
    name: 'settings',
    show: async ({ crm }) => {
      await crm.open({ userId: user.admin })
      await crm.app.getByRole('link', { name: 'Settings' }).click()
      await expect(crm.app.getByRole('button', { name: 'Disconnect' })).toBeVisible()
    },
  },
]

/** As the server answers once background work was given up; that takes longer than a picture should. */
const failedJobs: FailedJob[] = [
  { id: '1', name: 'process-webhooks', failedAt: minutesAgo(12), code: 'upstream_unavailable', attempts: 13 },
  { id: '2', name: 'mint-location', failedAt: minutesAgo(95), code: 'interrupted', attempts: 13 },
]

const settingsScenes: Scene[] = [
  {
    name: 'failed-jobs',
    show: async ({ crm, page }) => {
      await page.route('**/api/failed-jobs', (route) => route.fulfill({ json: { failedJobs } }))
      await crm.open({ userId: user.admin })
      await crm.app.getByRole('link', { name: 'Settings' }).click()
      await expect(crm.app.getByRole('button', { name: 'Disconnect' })).toBeVisible()
      await crm.app.getByRole('list', { name: 'Failed background work' }).scrollIntoViewIfNeeded()
    },
  },
]

const lastScenes: Scene[] = [
  {
    name: 'reconnect',
    show: async ({ crm, view, sandbox }) => {
      await crm.openContact(contact.maya)
      await expect(view.notes.first()).toBeVisible()
      await view.addTag.fill('offer sent')
      sandbox.tokens.revoke(location.main)
      await view.addTag.press('Enter')
      await expect(view.alert).toContainText('The connection to your CRM has ended')
    },
  },
]

export const scenes: Scene[] = [
  ...firstScenes,
  ...listScenes,
  ...contactScenes,
  ...dialogScenes,
  ...settingsScenes,
  ...providerScenes,
  ...ruleScenes,
  ...lastScenes,
]
