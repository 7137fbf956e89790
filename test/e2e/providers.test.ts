import type { Locator } from '@playwright/test'
import { describe } from 'vitest'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import type { ContactView } from '../support/contact-view.ts'
import { seriousFindings } from '../support/page-findings.ts'
import { createCrmPages, type CrmPages } from '../support/crm-pages.ts'
import type { CrmShell } from '../support/crm-shell.ts'
import { expect } from '../support/patient-expect.ts'
import type { World } from '../support/world.ts'

const { contact, user } = seedIds
const fromWrapup = 'Your order is ready, see you tomorrow.'
const fromCrm = 'Parking is behind the house.'
const answer = 'Great, I will be there at nine.'
/** Time for a text to go round: the app asks Heymarket after 20 s, and tells the CRM after 8 s at the earliest. */
const goesRound = { timeout: 35_000 }

const withText = (list: Locator, text: string): Locator => list.filter({ hasText: text })
const articles = (view: ContactView): Locator => view.conversation.getByRole('article')

function phoneOf({ sandbox }: World, contactId: string): string {
  const phone = sandbox.state.contacts.find(({ id }) => id === contactId)?.phone
  if (!phone) throw new Error('The contact has no phone')
  return phone
}

/** As an admin, from the settings of the app to the credentials that were accepted. */
async function openChoices(
  crm: CrmShell,
  name: string,
  credentials: Record<string, string>,
): Promise<Locator> {
  await crm.open({ userId: user.admin })
  await crm.app.getByRole('link', { name: 'Settings' }).click()
  await crm.app.getByRole('button', { name: `Connect ${name}` }).click()
  const dialog = crm.app.getByRole('dialog', { name: `Connect ${name}` })
  for (const [label, value] of Object.entries(credentials)) await dialog.getByLabel(label).fill(value)
  await dialog.getByRole('button', { name: 'Check and go on' }).click()
  await dialog.getByLabel(`Send texts through ${name} from now on`).check()
  expect(await seriousFindings(crm.page)).toEqual([])
  return dialog
}

async function textFromWrapup(crm: CrmShell, view: ContactView, contactId: string): Promise<void> {
  await crm.openContact(contactId)
  await view.message.fill(fromWrapup)
  await view.send.click()
  await expect(withText(articles(view), fromWrapup)).toHaveCount(1)
}

async function textFromCrm(pages: CrmPages, contactId: string, text: string): Promise<Locator> {
  await pages.openThread(contactId)
  await pages.message.fill(text)
  await pages.send.click()
  const sent = withText(pages.messages, text)
  await expect(sent).toHaveCount(1)
  return sent
}

/** Do-not-disturb is seen, and explained, wherever one would text: in the CRM, and in the page that is open already. */
async function expectNoMoreTexts(parts: {
  pages: CrmPages
  crm: CrmShell
  view: ContactView
  wayBack: RegExp
}) {
  const { pages, crm, view, wayBack } = parts
  await pages.message.fill('One more thing')
  await pages.send.click()
  await expect(pages.refusal).toContainText('Cannot send message as DND is active for SMS.')
  await expect(view.message).toBeDisabled(goesRound)
  await expect(crm.app.getByText(/Texting is off: this contact is on do not disturb/)).toBeVisible()
  await expect(crm.app.getByText(wayBack)).toBeVisible()
}

async function isOnDnd({ sandbox }: World, contactId: string): Promise<boolean> {
  return sandbox.state.contacts.find(({ id }) => id === contactId)?.dndSettings.SMS?.status === 'active'
}

describe('texts through another system', () => {
  test.override({ options: { installed: true, carriers: true } })

  test('When Heymarket is connected, then texts, statuses, answers and a STOP go round by it', async ({
    context,
    crm,
    view,
    world,
  }) => {
    const { heymarket } = world
    const phone = phoneOf(world, contact.maya)
    const { secretId, secretKey } = heymarket.credentials()
    const dialog = await openChoices(crm, 'Heymarket', { 'Secret ID': secretId, 'Secret key': secretKey })
    await dialog.getByLabel('Inbox').selectOption(String(heymarketIds.inbox.support))
    await dialog.getByLabel('Sent in the name of').selectOption('Ada Fox')
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click()

    const address = crm.app.getByRole('textbox', { name: 'Webhook address' })
    const token = heymarket.setUpWebhook(await address.inputValue())
    await crm.app.getByLabel(/Copy the verification token/).fill(token)
    await crm.app.getByRole('button', { name: 'Save token' }).click()
    await expect(crm.app.getByText('The token is saved.')).toBeVisible()
    expect(await seriousFindings(crm.page)).toEqual([])

    const pages = createCrmPages(await context.newPage(), world)
    await pages.chooseSmsProvider('Wrapup texts')

    await textFromWrapup(crm, view, contact.maya)
    heymarket.receive(phone, answer)
    await expect(withText(articles(view), answer)).toHaveCount(1, goesRound)

    const sent = await textFromCrm(pages, contact.maya, fromCrm)
    await expect(withText(pages.messages, answer)).toHaveCount(1)
    await expect(sent).toContainText('delivered', goesRound)
    await expect(withText(articles(view), fromWrapup)).toContainText('Delivered', goesRound)
    expect(heymarket.sentTexts().map(({ text }) => text)).toEqual([fromWrapup, fromCrm])

    heymarket.receive(phone, 'STOP')
    await expect.poll(() => isOnDnd(world, contact.maya), goesRound).toBe(true)
    await expectNoMoreTexts({ pages, crm, view, wayBack: /they text START to your number/ })
    expect(heymarket.sentTexts()).toHaveLength(2)
  })

  test('When BulkSMS is connected, then texts, statuses, answers and a STOP go round by it', async ({
    context,
    crm,
    view,
    world,
  }) => {
    const { bulksms } = world
    const phone = phoneOf(world, contact.maya)
    const { tokenId, tokenSecret } = bulksms.credentials()
    const dialog = await openChoices(crm, 'BulkSMS', { 'Token ID': tokenId, 'Token secret': tokenSecret })
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
    await expect(dialog).toHaveCount(0)
    await expect(crm.app.getByText('Texts go out through BulkSMS now.')).toBeVisible()

    const pages = createCrmPages(await context.newPage(), world)
    await pages.chooseSmsProvider('Wrapup texts')

    await textFromWrapup(crm, view, contact.maya)
    bulksms.receive(phone, answer)
    await expect(withText(articles(view), answer)).toHaveCount(1, goesRound)

    const sent = await textFromCrm(pages, contact.maya, fromCrm)
    await expect(withText(pages.messages, answer)).toHaveCount(1)
    const other = createCrmPages(await context.newPage(), world)
    const failing = await textFromCrm(other, contact.failing, fromCrm)
    await expect(sent).toContainText('delivered', goesRound)
    await expect(withText(articles(view), fromWrapup)).toContainText('Delivered', goesRound)
    await expect(failing).toContainText(/failed: \S/, goesRound)

    bulksms.receive(phone, 'STOP')
    await expect.poll(() => isOnDnd(world, contact.maya), goesRound).toBe(true)
    await pages.openThread(contact.maya)
    await expectNoMoreTexts({ pages, crm, view, wayBack: /ask BulkSMS to unblock it/ })
    expect(bulksms.sentTexts().map(({ body }) => body)).toEqual([fromWrapup, fromCrm, fromCrm])
  })
})
