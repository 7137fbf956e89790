import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { contactView } from '../support/contact-view.ts'
import { createCrmShell } from '../support/crm-shell.ts'
import { expect } from '../support/patient-expect.ts'
import { sentTexts } from '../support/platform-calls.ts'

const { contact } = seedIds
const text = 'Your order is ready, see you tomorrow.'

describe('texting a contact', () => {
  test('When a text is sent, then its status is followed until it is delivered', async ({
    crm,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await view.message.fill(text)
    await view.send.click()
    const sent = view.conversation.getByRole('article').filter({ hasText: text })
    await expect(sent).toHaveCount(1)
    await expect(view.message).toHaveValue('')
    await expect(view.message).toBeFocused()
    await expect(sent).toContainText('Delivered')
    expect(sentTexts(world).map(({ body }) => body)).toEqual([
      expect.objectContaining({ contactId: contact.maya, message: text, type: 'SMS' }),
    ])
  })

  test('When the carrier does not deliver, then the conversation says that it failed', async ({
    crm,
    view,
  }) => {
    await crm.openContact(contact.failing)
    await view.message.fill(text)
    await view.send.click()
    const sent = view.conversation.getByRole('article').filter({ hasText: text })
    await expect(sent).toContainText('Failed')
    await expect(sent.getByRole('button', { name: 'Write it again' })).toBeInViewport({ ratio: 1 })
  })

  test('When a contact is on do not disturb, then the page says so before anything is tried', async ({
    crm,
    view,
    world,
  }) => {
    await crm.openContact(contact.dndSms)
    await expect(view.message).toBeDisabled()
    await expect(view.message).toBeFocused()
    await expect(crm.app.getByText(/Texting is off: this contact is on do not disturb/)).toBeVisible()
    await expect(view.send).toBeDisabled()
    await expect(view.addTag).toBeEnabled()
    expect(sentTexts(world)).toEqual([])
  })

  test('When a contact has no phone number, then the page says so and where to add one', async ({
    crm,
    view,
  }) => {
    await crm.openContact(contact.noPhone)
    await expect(view.message).toBeDisabled()
    await expect(crm.app.getByText(/Texting is off: this contact has no phone number/)).toBeVisible()
  })

  test('When the CRM refuses a text to somebody who opted out, then the text stays with the reason', async ({
    crm,
    view,
  }) => {
    await crm.openContact(contact.unsubscribed)
    await view.message.fill(text)
    await view.send.click()
    await expect(view.alert).toContainText('The message was not sent. The contact is on do not disturb')
    await expect(view.message).toHaveValue(text)
  })

  test('When do not disturb is heard of while one types, then no word ends up elsewhere', async ({
    crm,
    page,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'GET', path: '/contacts/:contactId', delayMs: 1_200 })
    await crm.openContact(contact.dndSms)
    await expect(view.message).toBeFocused()
    await page.keyboard.type(text, { delay: 60 })
    await expect(view.message).not.toBeEditable()
    await expect(view.message).toBeFocused()
    await expect(view.addTag).toHaveValue('')
  })

  test('When another tab has just sent the same words, then it asks before they go out again', async ({
    context,
    crm,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await view.message.fill(text)
    const otherTab = createCrmShell(await context.newPage(), world)
    const other = contactView(otherTab.app)
    await otherTab.openContact(contact.maya)
    await other.message.fill(text)
    await other.send.click()
    await expect(other.message).toHaveValue('')
    await expect(view.conversation.getByRole('article').filter({ hasText: text })).toHaveCount(1)
    await view.send.click()
    await expect(crm.app.getByText(/The same words went out at/)).toBeVisible()
    expect(sentTexts(world)).toHaveLength(1)
    await crm.app.getByRole('button', { name: 'Send once more' }).click()
    await expect(view.message).toHaveValue('')
    expect(sentTexts(world)).toHaveLength(2)
  })

  test('When nobody knows what became of a text, then only a person decides to send it again', async ({
    crm,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', reset: true })
    await crm.openContact(contact.maya)
    await view.message.fill(text)
    await view.send.click()
    await expect(view.alert).toContainText('This message may or may not have gone out.')
    await expect(view.send).toBeDisabled()
    await expect(view.message).toHaveValue(text)

    await view.note.fill('Called about the order')
    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Note added')
    await crm.app.getByRole('button', { name: 'Check again' }).click()
    await expect(view.conversation.getByRole('article').filter({ hasText: text })).toHaveCount(0)
    await expect(view.alert).toContainText('This message may or may not have gone out.')
    expect(sentTexts(world)).toHaveLength(1)
  })

  test('When one scrolls to the top of a long conversation, then earlier messages appear', async ({
    crm,
    view,
  }) => {
    await crm.openContact(contact.jonas)
    const messages = view.conversation.getByRole('article')
    await expect(messages.first()).toBeVisible()
    const before = await messages.count()
    await view.conversation.press('Home')
    await expect.poll(() => messages.count()).toBeGreaterThan(before)
  })
})
