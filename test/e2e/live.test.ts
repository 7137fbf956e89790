import type { BrowserContext } from '@playwright/test'
import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { contactEvent } from '../sandbox/webhooks/record-events.ts'
import { test } from '../support/browser.ts'
import { contactView, type ContactView } from '../support/contact-view.ts'
import { createCrmShell, type CrmShell } from '../support/crm-shell.ts'
import { seriousFindings } from '../support/page-findings.ts'
import { expect } from '../support/patient-expect.ts'
import type { World } from '../support/world.ts'

const { contact } = seedIds
const text = 'Is Thursday at three still free?'

/** Resolves once the page hears of changes. */
async function listening(crm: CrmShell, open: () => Promise<void>): Promise<void> {
  const stream = crm.page.waitForResponse((response) => new URL(response.url()).pathname === '/api/events')
  await open()
  await stream
}

async function openTab(context: BrowserContext, world: World) {
  const crm = createCrmShell(await context.newPage(), world)
  return { crm, view: contactView(crm.app) }
}

/** What somebody does in the CRM itself, told as the CRM tells it. */
async function tagInCrm({ sandbox }: World, contactId: string, tag: string): Promise<void> {
  const changed = sandbox.state.contacts.find(({ id }) => id === contactId)
  if (!changed) throw new Error('No such contact')
  changed.tags = [...changed.tags, tag]
  await sandbox.sendWebhook(contactEvent('ContactTagUpdate', changed))
}

/** From the next key on the composer takes more room from frame to frame, as where warnings appear. */
async function growFromNextKey(view: ContactView): Promise<void> {
  await view.conversation.evaluate((log) => {
    const composer = log.closest('section')?.querySelector('form')
    if (!composer) throw new Error('No composer')
    const grow = (framesLeft: number) => {
      composer.style.borderTopWidth = `${composer.clientTop + 1}px`
      if (framesLeft > 0) requestAnimationFrame(() => grow(framesLeft - 1))
    }
    log.addEventListener('keydown', () => grow(4), { once: true })
  })
}

describe('live page', () => {
  test('When a contact writes, then every open tab shows it without being touched', async ({
    context,
    crm,
    view,
    world,
  }) => {
    const other = await openTab(context, world)
    await listening(crm, () => crm.openContact(contact.jonas))
    await listening(other.crm, () => other.crm.openContact(contact.jonas))
    await view.message.fill('Half a sent')
    world.sandbox.replyNow(contact.jonas, text)
    for (const tab of [view, other.view]) {
      await expect(tab.conversation.getByRole('article').filter({ hasText: text })).toHaveCount(1)
      await expect(tab.contacts.filter({ hasText: 'Jonas Weidmann' })).toHaveAccessibleDescription(
        new RegExp(text.slice(0, 12)),
      )
    }
    await expect(view.message).toHaveValue('Half a sent')
    await expect(view.message).toBeFocused()
  })

  test('When a text sent in one tab arrives, then the other tab shows it with its status', async ({
    context,
    crm,
    view,
    world,
  }) => {
    const other = await openTab(context, world)
    await listening(crm, () => crm.openContact(contact.maya))
    await listening(other.crm, () => other.crm.openContact(contact.maya))
    await view.message.fill(text)
    await view.send.click()
    for (const tab of [view, other.view]) {
      const sent = tab.conversation.getByRole('article').filter({ hasText: text })
      await expect(sent).toHaveCount(1)
      await expect(sent).toContainText('Delivered')
    }
  })

  test('When a tag is added in the CRM, then it appears', async ({ crm, view, world }) => {
    await listening(crm, () => crm.openContact(contact.maya))
    await expect(view.tags.first()).toBeVisible()
    await tagInCrm(world, contact.maya, 'asked twice')
    await expect(view.tags.filter({ hasText: 'asked twice' })).toHaveCount(1)
  })

  test('When the connection is lost for a while, then the page says so and nothing is missed or doubled', async ({
    context,
    crm,
    page,
    view,
    world,
  }) => {
    await listening(crm, () => crm.openContact(contact.jonas))
    world.sandbox.replyNow(contact.jonas, 'Before the break')
    await expect(view.conversation).toContainText('Before the break')
    await context.setOffline(true)
    const offline = crm.app.getByRole('status').filter({ hasText: 'You are offline' })
    await expect(offline).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    world.sandbox.replyNow(contact.jonas, text)
    await view.note.fill('Typed meanwhile')
    await listening(crm, () => context.setOffline(false))
    await expect(offline).toHaveCount(0)
    for (const body of ['Before the break', text]) {
      await expect(view.conversation.getByRole('article').filter({ hasText: body })).toHaveCount(1)
    }
    await expect(view.note).toHaveValue('Typed meanwhile')
  })

  test('When one reads further up, then a new message does not move what one reads', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await listening(crm, () => crm.openContact(contact.jonas))
    const messages = view.conversation.getByRole('article')
    await expect(messages.first()).toBeVisible()
    const count = await messages.count()
    await view.conversation.press('Home')
    await expect.poll(() => messages.count()).toBeGreaterThan(count)
    await expect(view.conversation).toHaveAttribute('aria-busy', 'false')
    const before = await view.conversation.evaluate((log) => log.scrollTop)
    world.sandbox.replyNow(contact.jonas, text)
    await expect(view.newMessage).toBeVisible()
    expect(await view.conversation.evaluate((log) => log.scrollTop)).toBe(before)
    expect(await seriousFindings(page)).toEqual([])
    await view.newMessage.click()
    await expect(view.conversation.getByRole('article').filter({ hasText: text })).toBeInViewport()
    await expect(view.newMessage).toHaveCount(0)
    await expect(view.conversation).toBeFocused()
  })

  test('When one moves on while earlier messages are fetched, then they appear above what one reads by then', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(contact.jonas)
    await expect(view.heading).toHaveText('Jonas Weidmann')
    const messages = view.conversation.getByRole('article')
    await expect(messages.first()).toBeVisible()
    const count = await messages.count()
    const mayAnswer = Promise.withResolvers<void>()
    await page.route(/timeline\?.*cursor=/, async (route) => {
      await mayAnswer.promise
      await route.continue()
    })
    await view.conversation.evaluate((log) => (log.scrollTop = 90))
    await expect(view.conversation).toHaveAttribute('aria-busy', 'true')
    await view.conversation.evaluate((log) => (log.scrollTop = 0))
    const read = await messages.first().elementHandle()
    const before = await read?.boundingBox()
    mayAnswer.resolve()
    await expect.poll(() => messages.count()).toBeGreaterThan(count)
    expect((await read?.boundingBox())?.y).toBeCloseTo(before?.y ?? 0, 0)
  })

  test('When the composer grows just as one begins to move up, then the move goes on to the start', async ({
    crm,
    page,
    view,
  }) => {
    await page.setViewportSize({ width: 1280, height: 560 })
    await crm.openContact(contact.maya)
    await expect(view.heading).toHaveText('Maya Okafor')
    const top = () => view.conversation.evaluate((log) => log.scrollTop)
    await expect.poll(top).toBeGreaterThan(100)
    await growFromNextKey(view)
    await view.conversation.press('Home')
    // The little by which it grew before the first step may be missing.
    await expect.poll(top).toBeLessThan(6)
  })

  test('When the window grows until the end is in view, then no new message is told of any more', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await page.setViewportSize({ width: 1280, height: 560 })
    await listening(crm, () => crm.openContact(contact.maya))
    const top = () => view.conversation.evaluate((log) => log.scrollTop)
    await expect.poll(top).toBeGreaterThan(100)
    await view.conversation.press('Home')
    await expect.poll(top).toBe(0)
    world.sandbox.replyNow(contact.maya, text)
    await expect(view.newMessage).toBeVisible()
    await page.setViewportSize({ width: 1280, height: 1600 })
    await expect(view.newMessage).toHaveCount(0)
  })

  test('When the app is uninstalled meanwhile, then the page says so by itself', async ({
    crm,
    view,
    world,
  }) => {
    await listening(crm, () => crm.openContact(contact.maya))
    await expect(view.heading).toHaveText('Maya Okafor')
    world.sandbox.uninstall({ locationId: seedIds.location.main })
    await expect(view.alert).toContainText('The connection to your CRM has ended')
  })
})
