import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { chooseByTyping, pressOn } from '../support/keyboard.ts'
import { seriousFindings } from '../support/page-findings.ts'
import { expect } from '../support/patient-expect.ts'
import { heymarketConnection } from '../support/sync-stage.ts'
import type { World } from '../support/world.ts'

const { contact, user } = seedIds

/** Maya is on both sides under other names; one more is here alone, and one over there. */
async function connectTwoBooks({ as, heymarket, sandbox }: World): Promise<void> {
  const here = new Set<string>([contact.maya, contact.fresh])
  sandbox.state.contacts = sandbox.state.contacts.filter(({ id }) => here.has(id))
  const phone = sandbox.state.contacts.find(({ id }) => id === contact.maya)?.phone
  if (!phone) throw new Error('Maya has no phone')
  heymarket.addContact({ phone, first: 'Mya', last: 'Okafor' })
  heymarket.addContact({ phone: '+14155550133', first: 'Rosalind', last: 'Achebe' })
  const admin = await as(user.admin)
  const { status } = await admin.put('/providers/heymarket').send(heymarketConnection(heymarket))
  expect(status).toBe(200)
}

describe('contact sync', () => {
  test.override({ options: { installed: true, carriers: true } })

  test('When an admin maps, previews, tries and runs it by keyboard, then both sides agree and a failed row can be tried again', async ({
    crm,
    page,
    world,
  }) => {
    const { heymarket, sandbox } = world
    await connectTwoBooks(world)
    await crm.open({ userId: user.admin })
    const button = (name: string) => crm.app.getByRole('button', { name, exact: true })
    const section = crm.app.locator('#settings-sync')
    const run = section.getByRole('status')
    await crm.app.getByRole('link', { name: 'Settings' }).press('Enter')
    await crm.app.getByRole('link', { name: 'Contact sync' }).press('Enter')
    await expect(crm.app.getByRole('heading', { name: 'Contact sync' })).toBeFocused()

    const firstName = crm.app.getByRole('group', { name: 'Field First name' })
    await chooseByTyping(page, firstName.getByLabel('When both changed'), 'CRM wins')
    await expect(section).toContainText('Save your changes first')
    await chooseByTyping(page, section.getByLabel('Contact', { exact: true }), 'Maya')
    await pressOn(page, button('Preview'))
    await expect(section.getByRole('list', { name: 'Preview' })).toContainText('is written to Heymarket')
    await pressOn(page, button('Save'))
    await expect(section.getByText('Saved.', { exact: true })).toBeVisible()

    await pressOn(page, button('Dry run'))
    await expect(run.filter({ hasText: 'Dry run: Done' })).toBeVisible()
    await expect(section.getByText('Nothing was changed.')).toBeVisible()
    expect(heymarket.contactByPhone('+14155550133')?.first).toBe('Rosalind')
    expect(sandbox.state.contacts).toHaveLength(2)

    heymarket.faults.add({ method: 'PUT', path: '/v1/contact/:contactId', status: 400 })
    await pressOn(page, button('Sync now'))
    const question = crm.app.getByRole('alertdialog', { name: 'Sync all contacts now?' })
    await expect(question).toContainText('1 contact would be made in the CRM')
    expect(await seriousFindings(page)).toEqual([])
    await pressOn(page, question.getByRole('button', { name: 'Sync now' }))
    await expect(run.filter({ hasText: /^\s*Run: Done/ })).toBeVisible()
    expect(sandbox.state.contacts.map(({ firstName: name }) => name)).toContain('Rosalind')

    await pressOn(page, button('Show the log'))
    await chooseByTyping(page, section.getByRole('combobox', { name: 'Show' }), 'Failed')
    const failed = section.getByRole('list', { name: 'Sync log' }).getByRole('listitem')
    await expect(failed).toContainText(['Not synced to Heymarket'])
    await pressOn(page, button('Try again'))
    await expect(section).toContainText('There is nothing of this kind.')
    expect([...heymarket.state.contacts.values()].map(({ first }) => first)).toContain('Maya')
    expect(await seriousFindings(page)).toEqual([])
  })
})
