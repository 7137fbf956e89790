import { expect, type Page } from '@playwright/test'
import type { ProvidersAnswer } from '../shared/provider-contract.ts'
import {
  bulksmsAccount,
  bulksmsConnection,
  heymarketAccount,
  heymarketConnection,
  sampleProviders,
  webhookUrl,
} from '../test/client/provider-samples.ts'
import { seedIds } from '../test/sandbox/seed/seed-ids.ts'
import type { CrmShell } from '../test/support/crm-shell.ts'
import type { Scene } from './screenshot-stage.ts'

const { contact, user } = seedIds
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** As the server answers with connections that took days to come about. */
async function answerWith(page: Page, providers: ProvidersAnswer): Promise<void> {
  await page.route('**/api/providers', (route) => route.fulfill({ json: providers }))
  await page.route('**/api/providers/check', (route) =>
    route.fulfill({
      json: {
        account: route.request().postData()?.includes('bulksms') ? bulksmsAccount : heymarketAccount,
      },
    }),
  )
  const setup = { url: webhookUrl, hasToken: false, hasBeenCalled: false }
  const connection = heymarketConnection({ webhookSetup: setup })
  await page.route('**/api/providers/heymarket', (route) => route.fulfill({ json: { connection } }))
  await page.route('**/api/providers/chosen', (route) => route.fulfill({ json: providers }))
}

async function openTexting(crm: CrmShell): Promise<void> {
  await crm.open({ userId: user.admin })
  const settings = crm.app.getByRole('link', { name: 'Settings' })
  await settings.click()
  await crm.app.getByRole('link', { name: 'Texting' }).click()
  await expect(crm.app.getByRole('radio', { name: 'CRM numbers' })).toBeVisible()
}

async function enterCredentials(crm: CrmShell, carrier: string, fields: [string, string]): Promise<void> {
  await openTexting(crm)
  await crm.app.getByRole('button', { name: `Connect ${carrier}` }).click()
  await crm.app.getByLabel(fields[0], { exact: true }).fill('BBDE1B47-91-B')
  await crm.app.getByLabel(fields[1], { exact: true }).fill('not shown to anybody')
}

const working = () =>
  sampleProviders('bulksms', {
    heymarket: heymarketConnection({
      webhookSetup: { url: webhookUrl, hasToken: true, hasBeenCalled: true },
    }),
    bulksms: bulksmsConnection(),
  })

const broken = () =>
  sampleProviders('heymarket', {
    heymarket: heymarketConnection({
      status: 'broken',
      lastError: {
        at: hoursAgo(2),
        message: 'Heymarket no longer accepts the stored credentials.',
        whatToDo:
          'Make a new API secret in Heymarket under Settings, Integrations, API, and enter it in Settings here.',
      },
    }),
  })

/** Who carries the texts, and how another system is connected. */
export const providerScenes: Scene[] = [
  {
    name: 'texting',
    show: async ({ crm, page }) => {
      await answerWith(page, sampleProviders())
      await openTexting(crm)
    },
  },
  {
    name: 'texting-connected',
    show: async ({ crm, page }) => {
      await answerWith(page, working())
      await openTexting(crm)
      await expect(crm.app.getByText('Webhook works')).toBeVisible()
    },
  },
  {
    name: 'texting-broken',
    show: async ({ crm, page }) => {
      await answerWith(page, broken())
      await openTexting(crm)
      await expect(crm.app.getByRole('button', { name: 'Enter new credentials' })).toBeVisible()
    },
  },
  {
    name: 'connect-credentials',
    show: async ({ crm, page }) => {
      await answerWith(page, sampleProviders())
      await enterCredentials(crm, 'Heymarket', ['Secret ID', 'Secret key'])
    },
  },
  {
    name: 'connect-refused',
    show: async ({ crm, page }) => {
      await answerWith(page, sampleProviders())
      await page.route('**/api/providers/check', (route) =>
        route.fulfill({ status: 422, json: { error: { code: 'rejected', message: '', requestId: '' } } }),
      )
      await enterCredentials(crm, 'BulkSMS', ['Token ID', 'Token secret'])
      await crm.app.getByRole('button', { name: 'Check and go on' }).click()
      await expect(crm.app.getByRole('alert')).toContainText('BulkSMS refuses them')
    },
  },
  {
    name: 'connect-choices',
    show: async ({ crm, page }) => {
      await answerWith(page, sampleProviders())
      await enterCredentials(crm, 'BulkSMS', ['Token ID', 'Token secret'])
      await crm.app.getByRole('button', { name: 'Check and go on' }).click()
      await expect(crm.app.getByLabel('Sender')).toBeVisible()
    },
  },
  {
    name: 'connect-webhook',
    show: async ({ crm, page }) => {
      await answerWith(page, sampleProviders())
      await enterCredentials(crm, 'Heymarket', ['Secret ID', 'Secret key'])
      await crm.app.getByRole('button', { name: 'Check and go on' }).click()
      await crm.app.getByLabel('Inbox').selectOption({ index: 1 })
      await crm.app.getByLabel('Sent in the name of').selectOption({ index: 1 })
      // Its answer is the one that brings the webhook's address.
      await page.route('**/api/providers', (route) =>
        route.fulfill({ json: sampleProviders('heymarket', { heymarket: heymarketConnection() }) }),
      )
      await crm.app.getByRole('button', { name: 'Connect', exact: true }).click()
      await expect(crm.app.getByLabel('Webhook address', { exact: true })).toBeVisible()
    },
  },
  {
    name: 'composer-broken',
    show: async ({ crm, page, view }) => {
      await answerWith(page, broken())
      await crm.openContact(contact.maya, { userId: user.admin })
      await expect(view.notes.first()).toBeVisible()
      await expect(view.alert).toContainText('Heymarket does not take texts')
    },
  },
]
