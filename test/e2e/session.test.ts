import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { contactName } from '../sandbox/shell/shell-view.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'
import type { World } from '../support/world.ts'

const { company, contact, location, user } = seedIds
const sixteenMinutesMs = 16 * 60_000

async function installAsAgency({ sandbox }: World): Promise<void> {
  await sandbox.installFromMarketplace({
    userId: user.owner,
    companyId: company.harbor,
    locationIds: [location.main, location.berlin],
  })
  await sandbox.settle()
}

describe('session', () => {
  test('When the session has expired, then one handshake renews it and nothing typed is lost', async ({
    crm,
    page,
    view,
    world,
  }) => {
    const handshakes: string[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/session') handshakes.push(request.method())
    })
    await crm.openContact(contact.maya)
    await view.message.fill('Half a sent')
    await view.note.fill('A thought')
    expect(handshakes).toEqual(['POST'])

    world.clock.advance(sixteenMinutesMs)
    await view.addTag.fill('renewed')
    await page.keyboard.press('Enter')
    await expect(view.tags.filter({ hasText: 'renewed' })).toHaveCount(1)
    await expect
      .poll(() => world.sandbox.state.contacts.find(({ id }) => id === contact.maya)?.tags)
      .toContain('renewed')
    await expect(view.message).toHaveValue('Half a sent')
    await expect(view.note).toHaveValue('A thought')
    await expect(view.alert).toHaveCount(0)
    expect(handshakes).toEqual(['POST', 'POST'])
  })

  test('When the page stays open, then it renews its session before it expires', async ({
    context,
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.heading).toHaveText('Maya Okafor')
    const renewal = page.waitForResponse((response) => new URL(response.url()).pathname === '/api/session')
    world.clock.advance(14 * 60_000)
    await context.clock.fastForward(14 * 60_000 + 30_000)
    expect((await renewal).status()).toBe(200)
    await expect(view.heading).toHaveText('Maya Okafor')
  })

  test('When the sub-account is switched, then only its contacts are found', async ({ crm, view, world }) => {
    await installAsAgency(world)
    await crm.openContact(contact.maya, { userId: user.admin })
    await expect(view.heading).toHaveText('Maya Okafor')
    await crm.switchLocation('Spree Physio')
    await view.search.fill('anneliese')
    await expect(view.contacts).toHaveText([/Anneliese Groß/])
    await view.search.fill('maya')
    await expect(crm.app.getByText('Nobody found for “maya”')).toBeVisible()
  })

  test('When the user is switched, then the page belongs to the new one', async ({ crm, view }) => {
    await crm.open()
    await expect(crm.app.getByText('Miguel Santos')).toBeVisible()
    await expect(crm.app.getByRole('link', { name: 'Settings' })).toHaveCount(0)
    await crm.switchUser(/Dana Whitaker/)
    await expect(crm.app.getByText('Dana Whitaker')).toBeVisible()
    await crm.app.getByRole('link', { name: 'Settings' }).click()
    await expect(view.heading).toHaveText('Settings')
  })

  test('When a restricted user looks, then only contacts assigned to them show', async ({
    crm,
    view,
    world,
  }) => {
    const { state } = world.sandbox
    const assigned = state.contacts.filter(({ assignedTo }) => assignedTo === user.restricted)
    await crm.open({ userId: user.restricted })
    await expect(view.contacts.first()).toBeVisible()
    await view.search.fill('a')
    await expect(view.contacts.first()).toBeVisible()
    const names = new Set(assigned.map(contactName))
    for (const name of await view.contacts.allInnerTexts()) {
      expect([...names].some((own) => name.includes(own))).toBe(true)
    }
    await crm.openContact(contact.maya, { userId: user.restricted })
    await expect(view.heading).toHaveText('This contact cannot be shown')
    await expect(crm.app.getByText('Maya Okafor')).toHaveCount(0)
    await crm.openContact(contact.assigned, { userId: user.restricted })
    await expect(view.heading).toContainText('نور')
  })

  test('When the tokens are revoked, then the page says to connect again and keeps what was typed', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await view.note.fill('Unsaved thought')
    await view.addTag.fill('lost')
    world.sandbox.tokens.revoke()
    await page.keyboard.press('Enter')
    await expect(view.alert).toContainText('The connection to your CRM has ended')
    await expect(crm.app.getByRole('link', { name: /^Connect again/ })).toHaveAttribute(
      'href',
      `${world.publicUrl}/oauth/install`,
    )

    await world.sandbox.installFromMarketplace({ userId: user.admin, locationIds: [location.main] })
    await crm.app.getByRole('button', { name: 'Try again' }).click()
    await expect(view.heading).toHaveText('Maya Okafor')
    await expect(view.note).toHaveValue('Unsaved thought')
  })

  test('When the app is uninstalled meanwhile, then the page asks to connect again', async ({
    crm,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.heading).toHaveText('Maya Okafor')
    world.sandbox.uninstall({ locationId: location.main })
    await world.sandbox.settle()
    await view.search.fill('jonas')
    await expect(view.alert).toContainText('The connection to your CRM has ended')
  })

  test('When the sub-account is suspended, then the page says so', async ({ crm, page, view, world }) => {
    await crm.openContact(contact.maya)
    await expect(view.heading).toHaveText('Maya Okafor')
    await view.addTag.fill('paused')
    const main = world.sandbox.state.locations.find(({ id }) => id === location.main)
    if (main) main.active = false
    world.sandbox.tokens.expireAccess()
    await page.keyboard.press('Enter')
    await expect(view.alert).toContainText('This sub-account is suspended')
  })

  test('When somebody of the agency opens a sub-account, then they work in it', async ({
    crm,
    view,
    world,
  }) => {
    await installAsAgency(world)
    await crm.openContact(contact.maya, { userId: user.owner })
    await expect(view.heading).toHaveText('Maya Okafor')
  })

  test('When an admin disconnects, then the app is really uninstalled', async ({ crm, view, world }) => {
    await crm.open({ userId: user.admin })
    await crm.app.getByRole('link', { name: 'Settings' }).click()
    await crm.app.getByRole('button', { name: 'Disconnect' }).click()
    await crm.app.getByRole('alertdialog').getByRole('button', { name: 'Disconnect' }).click()
    await expect(view.alert).toContainText('The connection to your CRM has ended')
    expect(world.sandbox.state.installs).toEqual([])
  })

  test('When the page is opened outside of the CRM, then it says where it works', async ({ page, world }) => {
    await page.goto(world.publicUrl)
    await expect(page.getByRole('alert')).toContainText('Open Wrapup inside your CRM')
    await expect(page.getByRole('searchbox')).toHaveCount(1)
  })
})
