import { expect } from '@playwright/test'
import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { contactName } from '../sandbox/shell/shell-view.ts'
import { test } from '../support/browser.ts'

const { company, contact, location, user } = seedIds
const sixteenMinutesMs = 16 * 60_000

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

  test('When the sub-account is switched, then only its contacts show', async ({ crm, view }) => {
    await crm.openContact(contact.maya, { userId: user.admin })
    await expect(view.heading).toHaveText('Maya Okafor')
    await crm.switchLocation('Spree Physio')
    await expect(
      crm.page.getByRole('heading', { name: 'Wrapup is not installed in Spree Physio' }),
    ).toBeVisible()
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
    await expect(view.alert).toContainText('This contact cannot be shown')
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
    world.sandbox.tokens.revoke()
    await view.addTag.fill('lost')
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
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.heading).toHaveText('Maya Okafor')
    world.sandbox.uninstall({ locationId: location.main })
    await world.sandbox.settle()
    await view.addTag.fill('late')
    await page.keyboard.press('Enter')
    await expect(view.alert).toContainText('The connection to your CRM has ended')
  })

  test('When the sub-account is suspended, then the page says so', async ({ crm, page, view, world }) => {
    await crm.openContact(contact.maya)
    await expect(view.heading).toHaveText('Maya Okafor')
    const main = world.sandbox.state.locations.find(({ id }) => id === location.main)
    if (main) main.active = false
    world.sandbox.tokens.expireAccess()
    await view.addTag.fill('paused')
    await page.keyboard.press('Enter')
    await expect(view.alert).toContainText('This sub-account is suspended')
  })

  test('When an agency owner opens a sub-account, then they work in it', async ({ crm, view, world }) => {
    expect(world.sandbox.state.companies.map(({ id }) => id)).toContain(company.harbor)
    await crm.openContact(contact.maya, { userId: user.owner })
    await expect(view.heading).toHaveText('Maya Okafor')
  })

  test('When the page is opened outside of the CRM, then it says where it works', async ({ page, world }) => {
    await page.goto(world.publicUrl)
    await expect(page.getByRole('alert')).toContainText('Open Wrapup inside your CRM')
    await expect(page.getByRole('searchbox')).toHaveCount(1)
  })
})
