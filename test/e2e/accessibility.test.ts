import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { seriousFindings } from '../support/page-findings.ts'
import { expect } from '../support/patient-expect.ts'

const { contact, user } = seedIds

describe('accessibility', () => {
  test('When the list and a search show, then axe finds nothing serious', async ({ crm, page, view }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    await view.search.fill('nobody is called this')
    await expect(crm.app.getByText(/^Nobody found/)).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('When a contact is open and wrapped up, then axe finds nothing serious', async ({
    crm,
    page,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/contacts/:contactId/tasks', status: 400 })
    await crm.openContact(contact.maya)
    await expect(view.notes.first()).toBeVisible()
    await view.addTag.pressSequentially('h')
    await expect(crm.app.getByRole('listbox')).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])

    await view.followUp.fill('Fails')
    await view.note.fill('Works')
    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Follow-up not added')
    expect(await seriousFindings(page)).toEqual([])
  })

  test('When a contact cannot be texted or does not exist, then axe finds nothing serious', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(contact.dndSms)
    await expect(view.message).toBeDisabled()
    expect(await seriousFindings(page)).toEqual([])
    await crm.openContact(contact.foreign)
    await expect(view.heading).toHaveText('This contact cannot be shown')
    expect(await seriousFindings(page)).toEqual([])
  })

  test('When a dialog is open, then axe finds nothing serious', async ({ crm, page, view }) => {
    await crm.openContact(contact.maya)
    await view.notes.first().getByRole('button', { name: 'Delete note' }).click()
    await expect(crm.app.getByRole('alertdialog')).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await crm.app.getByRole('button', { name: 'Keyboard shortcuts' }).click()
    await expect(crm.app.getByRole('dialog')).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('When the settings show and the connection is lost, then axe finds nothing serious', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.open({ userId: user.admin })
    await crm.app.getByRole('link', { name: 'Settings' }).click()
    await expect(crm.app.getByRole('button', { name: 'Disconnect' })).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    await crm.app.getByRole('button', { name: 'Connect Heymarket' }).click()
    await expect(crm.app.getByRole('dialog')).toBeVisible()
    await crm.app.getByRole('button', { name: 'Check and go on' }).click()
    await expect(crm.app.getByText('Fill this in.').first()).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await expect(crm.app.getByRole('dialog')).toBeHidden()
    world.sandbox.tokens.revoke()
    await view.search.fill('maya')
    await expect(view.alert).toContainText('The connection to your CRM has ended')
    expect(await seriousFindings(page)).toEqual([])
  })

  test('When the stand-in CRM shows its own pages, then axe finds nothing serious', async ({
    page,
    world,
  }) => {
    const { origin } = world.sandbox
    for (const path of ['/?guide=1', '/v2/location/x/dashboard', '/v2/location/x/contacts/smart_list/All']) {
      await page.goto(`${origin}${path}`)
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.goto(`${world.publicUrl}/oauth/install`)
    await expect(page.getByRole('button', { name: 'Install' })).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('link', { name: 'Start again' })).toBeVisible()
    expect(await seriousFindings(page)).toEqual([])
  })
})
