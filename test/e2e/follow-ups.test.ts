import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'
import type { World } from '../support/world.ts'

const { contact, user } = seedIds

function tasksOf({ sandbox }: World, contactId: string) {
  return sandbox.state.tasks
    .filter((task) => task.contactId === contactId)
    .map(({ title, dueDate, assignedTo, completed }) => ({
      title,
      due: new Date(dueDate).toISOString(),
      assignedTo,
      completed,
    }))
}

describe('follow-ups', () => {
  test('When only a title is given, then it is due tomorrow at nine in the sub-account', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.fresh)
    await view.followUp.fill('Send the offer')
    await page.keyboard.press('Enter')
    await expect(view.followUps).toContainText(['Send the offer'])
    await expect(view.followUp).toHaveValue('')
    // Nine in the morning in New York.
    expect(tasksOf(world, contact.fresh)).toEqual([
      expect.objectContaining({ title: 'Send the offer', due: '2026-11-17T14:00:00.000Z', completed: false }),
    ])
  })

  test('When a preset and an assignee are chosen, then the CRM has both', async ({ crm, view, world }) => {
    await crm.openContact(contact.fresh)
    await view.followUp.fill('Ask for a review')
    await view.due.selectOption('Next Monday')
    await view.assignee.selectOption('Dana Whitaker')
    await view.addFollowUp.click()
    await expect(view.followUps).toContainText(['Dana Whitaker'])
    expect(tasksOf(world, contact.fresh)).toEqual([
      {
        title: 'Ask for a review',
        due: '2026-11-23T14:00:00.000Z',
        assignedTo: user.admin,
        completed: false,
      },
    ])
  })

  test('When the date is emptied, then neither the button nor a wrap-up adds it, and the field says why', async ({
    crm,
    page,
    view,
    world,
  }) => {
    await crm.openContact(contact.fresh)
    await view.followUp.fill('Call back')
    await view.due.selectOption('Pick date & time…')
    const date = crm.app.getByLabel('Due date and time')
    await date.fill('')
    await expect(date).toHaveAttribute('aria-invalid', 'true')
    await expect(date).toHaveAccessibleDescription(/^Choose a date and a time/)
    await view.addFollowUp.click()
    await expect(date).toBeFocused()

    await view.note.fill('No answer')
    await page.keyboard.press('Control+Enter')
    await expect(view.wrapUpResult).toContainText('Note added')
    await expect(date).toBeFocused()
    await expect(view.followUp).toHaveValue('Call back')
    expect(tasksOf(world, contact.fresh)).toEqual([])

    await date.fill('2020-01-01T09:00')
    await expect(date).toHaveAccessibleDescription(/2020.*This is in the past\.$/)
    await view.addFollowUp.click()
    await expect(view.followUps).toContainText([/Overdue since .*2020/])
  })

  test('When a follow-up is edited, completed and deleted, then the CRM follows', async ({
    crm,
    view,
    world,
  }) => {
    const { app } = crm
    await crm.openContact(contact.fresh)
    await view.followUp.fill('Call back')
    await view.addFollowUp.click()

    await view.followUps.getByRole('button', { name: /^Edit follow-up/ }).click()
    await app.getByRole('textbox', { name: 'Title' }).fill('Call back about the roof')
    await app.getByLabel('Due date and time').fill('2026-12-01T16:30')
    await app.getByRole('button', { name: 'Save' }).click()
    await expect(app.getByRole('checkbox', { name: 'Call back about the roof' })).toBeVisible()
    await expect
      .poll(() => tasksOf(world, contact.fresh))
      .toEqual([
        expect.objectContaining({ title: 'Call back about the roof', due: '2026-12-01T21:30:00.000Z' }),
      ])

    await app.getByRole('checkbox', { name: 'Call back about the roof' }).check()
    await expect
      .poll(() => tasksOf(world, contact.fresh))
      .toEqual([expect.objectContaining({ completed: true })])

    await view.followUps.getByRole('button', { name: /^Delete follow-up/ }).click()
    const question = app.getByRole('alertdialog', { name: 'Delete this follow-up?' })
    await question.getByRole('button', { name: 'Cancel' }).click()
    await expect(view.followUps).toHaveCount(1)
    await view.followUps.getByRole('button', { name: /^Delete follow-up/ }).click()
    await question.getByRole('button', { name: 'Delete' }).click()
    await expect(view.followUps).toHaveCount(0)
    await expect.poll(() => tasksOf(world, contact.fresh)).toEqual([])
  })
})
