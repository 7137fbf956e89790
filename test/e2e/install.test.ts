import type { Page } from '@playwright/test'
import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'

const { location, user } = seedIds

function consentOf(page: Page) {
  return {
    signedInAs: page.getByLabel('Signed in as'),
    location: (name: string) => page.getByLabel(name),
    install: page.getByRole('button', { name: 'Install' }),
    cancel: page.getByRole('button', { name: 'Cancel' }),
  }
}

describe('installing from the CRM', () => {
  test.override({ options: { installed: false } })

  test('When an admin installs in their sub-account, then the app opens there and nowhere else', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await page.goto(world.sandbox.origin)
    await page.getByRole('link', { name: 'Install Wrapup' }).click()
    const consent = consentOf(page)
    await consent.location('Spree Physio').check()
    await consent.location('Harbor Home Services').check()
    await expect(consent.location('Spree Physio')).not.toBeChecked()
    await consent.install.click()
    await expect(page.getByRole('heading', { name: 'Wrapup is installed' })).toBeVisible()
    await expect(page.getByText('Harbor Home Services')).toBeVisible()

    await crm.open()
    await expect(view.search).toBeVisible()
    await expect(view.contacts.first()).toBeVisible()
    await crm.open({ locationId: location.berlin, userId: user.admin })
    await expect(page.getByRole('heading', { name: 'Wrapup is not installed in Spree Physio' })).toBeVisible()
  })

  test('When an agency owner installs in several sub-accounts, then the app opens in each', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.open({ userId: user.owner })
    await page.getByRole('link', { name: 'Install Wrapup' }).click()
    const consent = consentOf(page)
    await expect(consent.signedInAs).toHaveValue(user.owner)
    await consent.location('Spree Physio').check()
    await consent.install.press('Enter')
    await expect(page.getByRole('heading', { name: 'Wrapup is installed' })).toBeVisible()
    await world.sandbox.settle()

    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    await crm.open({ locationId: location.berlin, userId: user.berlinRep })
    await view.search.fill('anneliese')
    await expect(view.contacts).toHaveText([/Anneliese Groß/])
    await crm.open({ locationId: location.kolkata, userId: user.kolkataAdmin })
    await expect(page.getByRole('link', { name: 'Install Wrapup' })).toBeVisible()
  })

  test('When the guide is opened, then it leads to the app by itself', async ({ page, view, world }) => {
    await page.goto(`${world.sandbox.origin}/?guide=1`)
    await expect(page.getByRole('status').filter({ hasText: 'The demo installs it' })).toBeVisible()
    await expect(view.contacts.first()).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('What to try')).toBeVisible()
  })

  test('When the consent is cancelled, then a page says so and offers to start again', async ({
    page,
    world,
  }) => {
    await page.goto(world.sandbox.origin)
    await page.getByRole('link', { name: 'Install Wrapup' }).click()
    await consentOf(page).cancel.click()
    await expect(page.getByRole('heading', { name: 'Wrapup could not be installed' })).toBeVisible()
    await expect(page.getByText('The access was denied')).toBeVisible()
    await page.getByRole('link', { name: 'Start again' }).click()
    await expect(consentOf(page).install).toBeVisible()
  })

  test('When it is opened where it is not installed, then it says so and links to the installation', async ({
    page,
    world,
  }) => {
    const { sandbox } = world
    sandbox.state.installs.push({
      companyId: seedIds.company.harbor,
      locationId: location.main,
      installedAt: new Date(sandbox.clock.now()).toISOString(),
      viaCompany: false,
    })
    await page.goto(`${sandbox.origin}/v2/location/${location.main}?user_id=${user.rep}`)
    const app = page.frameLocator('iframe[title="Wrapup"]')
    await expect(app.getByRole('alert')).toContainText('Connect Wrapup to this sub-account')
    await expect(app.getByRole('link', { name: /^Connect/ })).toHaveAttribute(
      'href',
      `${world.publicUrl}/oauth/install`,
    )
  })
})
