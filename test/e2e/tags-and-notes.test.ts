import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'
import type { World } from '../support/world.ts'

const { contact } = seedIds

function tagsOf({ sandbox }: World, contactId: string): string[] {
  return sandbox.state.contacts.find(({ id }) => id === contactId)?.tags ?? []
}

describe('tags', () => {
  test('When a known tag is chosen from the offers, then the contact has it', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await view.addTag.pressSequentially('hot')
    await expect(crm.app.getByRole('option', { name: 'hot lead' })).toBeVisible()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(view.tags.filter({ hasText: 'hot lead' })).toHaveCount(1)
    await expect(view.addTag).toHaveValue('')
    await expect.poll(() => tagsOf(world, contact.maya)).toContain('hot lead')
  })

  test('When a new tag is typed and Enter is pressed, then it is created and later offered', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await view.addTag.pressSequentially('spring offer')
    await expect(crm.app.getByRole('option', { name: 'Create “spring offer”' })).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(view.tags.filter({ hasText: 'spring offer' })).toHaveCount(1)
    await expect.poll(() => tagsOf(world, contact.maya)).toContain('spring offer')

    await view.search.fill('jonas')
    await expect(view.contacts).toHaveText(['Jonas Weidmann'])
    await view.contacts.first().click()
    await expect(view.heading).toHaveText('Jonas Weidmann')
    await view.addTag.pressSequentially('spring')
    await expect(crm.app.getByRole('option', { name: 'spring offer', exact: true })).toBeVisible()
  })

  test('When a tag is removed by mistake, then it can be put back', async ({ crm, view, world }) => {
    await crm.openContact(contact.maya)
    await crm.app.getByRole('button', { name: 'Remove tag vip' }).click()
    await expect(view.tags.filter({ hasText: 'vip' })).toHaveCount(0)
    await expect.poll(() => tagsOf(world, contact.maya)).not.toContain('vip')
    await crm.app.getByRole('button', { name: 'Undo' }).click()
    await expect(view.tags.filter({ hasText: 'vip' })).toHaveCount(1)
    await expect.poll(() => tagsOf(world, contact.maya)).toContain('vip')
  })

  test('When the CRM fails to add a tag, then the page takes it back and says so', async ({
    crm,
    page,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/contacts/:contactId/tags', status: 400 })
    await crm.openContact(contact.maya)
    await view.addTag.fill('unlucky')
    await page.keyboard.press('Enter')
    await expect(view.alert).toContainText('The tag “unlucky” was not added.')
    await expect(view.tags.filter({ hasText: 'unlucky' })).toHaveCount(0)
    await expect(view.addTag).toHaveValue('unlucky')
  })
})

describe('notes', () => {
  test('When a note is added, edited and deleted, then the CRM has it as shown', async ({
    crm,
    view,
    world,
  }) => {
    const notesOf = () =>
      world.sandbox.state.notes.filter(({ contactId }) => contactId === contact.fresh).map(({ body }) => body)
    await crm.openContact(contact.fresh)
    await view.note.fill('Prefers mornings')
    await view.addNote.click()
    await expect(view.notes.filter({ hasText: 'Prefers mornings' })).toHaveCount(1)
    await expect(view.note).toHaveValue('')
    expect(notesOf()).toContain('Prefers mornings')

    const note = view.notes.filter({ hasText: 'Prefers mornings' })
    await note.getByRole('button', { name: 'Edit note' }).click()
    await crm.app.getByRole('textbox', { name: 'Edit note' }).fill('Prefers evenings')
    await crm.app.getByRole('button', { name: 'Save' }).click()
    await expect(view.notes.filter({ hasText: 'Prefers evenings' })).toHaveCount(1)
    await expect.poll(notesOf).toContain('Prefers evenings')

    await view.notes
      .filter({ hasText: 'Prefers evenings' })
      .getByRole('button', { name: 'Delete note' })
      .click()
    await crm.app.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await expect(view.notes.filter({ hasText: 'Prefers evenings' })).toHaveCount(0)
    await expect.poll(notesOf).not.toContain('Prefers evenings')
  })
})
