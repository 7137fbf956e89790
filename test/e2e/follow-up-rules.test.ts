import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { pressOn, tabTo } from '../support/keyboard.ts'
import { seriousFindings } from '../support/page-findings.ts'
import { expect } from '../support/patient-expect.ts'
import { startRuleStage } from '../support/rule-stage.ts'

const { contact, user } = seedIds

describe('follow-up rules', () => {
  test('When a rule is made by keyboard, then it is tried out, fires on a change in the CRM, and its log leads to the follow-up', async ({
    crm,
    page,
    view,
    world,
  }) => {
    const stage = await startRuleStage(world)
    const taskCount = world.sandbox.state.tasks.length
    const section = crm.app.locator('#settings-rules')
    const button = (name: string) => crm.app.getByRole('button', { name, exact: true })
    await crm.open({ userId: user.admin })
    await crm.app.getByRole('link', { name: 'Settings' }).press('Enter')
    await crm.app.getByRole('link', { name: 'Follow-up rules' }).press('Enter')
    await expect(crm.app.getByRole('heading', { name: 'Follow-up rules' })).toBeFocused()
    // The section comes into view within its pane: the page around it stays where it is.
    expect(await crm.app.locator('html').evaluate((root) => root.scrollTop)).toBe(0)
    await pressOn(page, button('New rule'))

    const dialog = crm.app.getByRole('dialog', { name: 'New follow-up rule' })
    await tabTo(page, dialog.getByLabel('Tag'))
    await page.keyboard.type('hot lead')
    await tabTo(page, dialog.getByLabel('Title'))
    await page.keyboard.type('Call {{contact.first_name|them}}')
    await tabTo(page, dialog.getByRole('searchbox', { name: 'Contact to try it with' }))
    await page.keyboard.type('Maya')
    await page.keyboard.press('Enter')
    await pressOn(page, dialog.getByRole('button', { name: /^Maya/ }))
    await expect(dialog.getByRole('status')).toContainText('Call Maya')
    expect(await seriousFindings(page)).toEqual([])
    expect(world.sandbox.state.tasks).toHaveLength(taskCount)

    await page.keyboard.press('Escape')
    const question = crm.app.getByRole('alertdialog', { name: 'Close without saving?' })
    await expect(question).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(question).toBeHidden()
    await pressOn(page, dialog.getByRole('button', { name: 'Save rule' }))
    await expect(dialog).toBeHidden()
    await expect(section.getByRole('list', { name: 'Follow-up rules' })).toContainText(
      "When the tag “hot lead” is added, remind the contact's owner tomorrow 9:00",
    )

    await stage.rest()
    await stage.change(contact.maya, { tags: ['hot lead'] }, 'ContactTagUpdate')
    await pressOn(page, button('Show what the rules did'))
    const log = section.getByRole('list', { name: 'What the rules did' })
    await expect(log).toContainText('Follow-up added.')
    expect(await seriousFindings(page)).toEqual([])
    await pressOn(page, log.getByRole('link', { name: /^Open contact/ }))
    await expect(view.followUps.filter({ hasText: 'Call Maya' })).toHaveCount(1)
  })
})
