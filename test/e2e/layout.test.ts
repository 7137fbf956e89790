import type { Locator, Page } from '@playwright/test'
import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { seriousFindings } from '../support/page-findings.ts'
import { expect } from '../support/patient-expect.ts'
import type { World } from '../support/world.ts'

const { contact } = seedIds
const endlessWord = `https://example.com/offers/${'a1b2c3d4e5'.repeat(30)}`
const lines = (count: number) => Array.from({ length: count }, (_, index) => `Line ${index + 1}`).join('\n')

function giveTags({ sandbox }: World, contactId: string, tags: string[]): void {
  const found = sandbox.state.contacts.find(({ id }) => id === contactId)
  if (found) found.tags = tags
}

async function boxOf(locator: Locator) {
  const box = await locator.boundingBox()
  if (!box) throw new Error(`${locator.toString()} is not drawn`)
  return { ...box, right: box.x + box.width, bottom: box.y + box.height }
}

/** Whether all of it shows: inside the app's frame, and under nothing else. */
async function isInView(page: Page, locator: Locator): Promise<boolean> {
  const [frame, box] = await Promise.all([boxOf(page.locator('iframe[title="Wrapup"]')), boxOf(locator)])
  const isInside =
    box.x >= frame.x && box.right <= frame.right + 1 && box.y >= frame.y && box.bottom <= frame.bottom + 1
  if (!isInside) return false
  return locator.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    const onTop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    return element.contains(onTop) || (onTop?.contains(element) ?? false)
  })
}

/** What holds more than it is wide, so that it scrolls or hides sideways: fields of one line and an ellipsis are meant to. */
async function tooWide(page: Page): Promise<string[]> {
  const frame = page.frames().find((one) => one.parentFrame() === page.mainFrame())
  if (!frame) throw new Error('the app has no frame')
  return frame.evaluate(() =>
    [...document.querySelectorAll('html, body, body *:not(.visually-hidden, input)')]
      .filter((element) => element.clientWidth > 0 && getComputedStyle(element).textOverflow !== 'ellipsis')
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.tagName}.${element.className} ${element.scrollWidth}`),
  )
}

describe('words without end', () => {
  test('When a link without a space is pasted everywhere, then each stays in its column', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.notes.first()).toBeVisible()
    await view.message.fill(endlessWord)
    await view.addTag.fill(endlessWord.slice(0, 200))
    await view.followUp.fill(endlessWord)
    await view.note.fill(endlessWord)
    expect(await tooWide(page)).toEqual([])
    const [send, panelField] = await Promise.all([boxOf(view.send), boxOf(view.addTag)])
    expect(send.right).toBeLessThan(panelField.x)
    for (const part of [view.heading, view.wrapUp, view.search]) expect(await isInView(page, part)).toBe(true)

    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Note added')
    await expect(view.tags).toContainText(['https://example.com'])
    await expect(view.conversation).toContainText(endlessWord)
    expect(await tooWide(page)).toEqual([])
    expect((await boxOf(view.tags.last())).right).toBeLessThanOrEqual((await boxOf(view.addTag)).right)
  })

  test('When a name is very long, then it wraps onto a second line and the list tells it whole', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await view.search.fill('wolfeschlegel')
    await expect(view.contacts).toHaveCount(1)
    await view.contacts.first().click()
    await expect(view.heading).toContainText('Wolfeschlegelsteinhausenbergerdorff')
    const { height } = await boxOf(view.heading)
    expect(height).toBeGreaterThan(40)
    expect(height).toBeLessThan(60)
    for (const name of [view.heading, view.contacts.first()]) {
      await expect(name).toHaveAttribute('title', /^Wolfeschlegelstein.*Krosigk III$/)
    }
    expect(await tooWide(page)).toEqual([])
  })
})

describe('many tags', () => {
  test('When a contact has 200 tags, then a few show, the form is at hand, and a button shows them all', async ({
    crm,
    page,
    view,
    world,
  }) => {
    giveTags(
      world,
      contact.maya,
      Array.from({ length: 200 }, (_, index) => `campaign ${index + 1}`),
    )
    await crm.openContact(contact.maya)
    await expect(view.tags.first()).toBeVisible()
    expect(await view.tags.count()).toBeLessThan(20)
    for (const field of [view.addTag, view.followUp, view.note])
      expect(await isInView(page, field)).toBe(true)

    const more = crm.app.getByRole('button', { name: 'Show all 200' })
    await expect(more).toHaveAttribute('aria-expanded', 'false')
    await more.click()
    await expect(view.tags).toHaveCount(200)
    await crm.app.getByRole('button', { name: 'Show fewer', expanded: true }).click()
    await expect(more).toBeVisible()

    await view.addTag.fill('fresh')
    await page.keyboard.press('Enter')
    await expect(view.tags.filter({ hasText: 'fresh' })).toBeVisible()
  })
})

describe.each([
  { name: 'a phone', viewport: { width: 400, height: 800 } },
  { name: 'a small screen at 200 %', viewport: { width: 640, height: 400 } },
])('on $name', ({ viewport }) => {
  test.override({ options: { installed: true, viewport } })

  test('When a contact opens and its message grows, then its name and the bar are in view', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.notes.first()).toBeVisible()
    await expect(view.message).toBeFocused()
    for (const part of [view.heading, view.message, view.send, view.wrapUp]) {
      await expect.poll(() => isInView(page, part)).toBe(true)
    }
    await view.message.fill(lines(14))
    for (const part of [view.heading, view.wrapUp]) expect(await isInView(page, part)).toBe(true)
    await page.keyboard.press('Alt+n')
    await expect(view.note).toBeFocused()
    for (const part of [view.heading, view.note, view.wrapUp]) expect(await isInView(page, part)).toBe(true)
    expect(await tooWide(page)).toEqual([])
  })

  test('When a contact cannot be texted, then it opens with its name and the reason', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(contact.dndSms)
    await expect(view.message).toBeDisabled()
    await expect(view.conversation).toHaveAttribute('aria-busy', 'false')
    const reason = crm.app.getByText('Texting is off')
    for (const part of [view.heading, reason, view.wrapUp]) {
      await expect.poll(() => isInView(page, part)).toBe(true)
    }
  })

  test('When nobody knows whether a text went out, then the name and the bar stay in view', async ({
    crm,
    page,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', reset: true })
    await crm.openContact(contact.maya)
    await view.message.fill('Are you there?')
    await view.send.click()
    await expect(view.alert).toContainText('may or may not have gone out')
    for (const part of [view.heading, view.wrapUp]) expect(await isInView(page, part)).toBe(true)
  })

  test('When a wrap-up tells its results, then the bar leaves most of the view to the contact', async ({
    crm,
    page,
    view,
    world,
  }) => {
    world.sandbox.faults.add({ method: 'POST', path: '/contacts/:contactId/tasks', status: 400 })
    await crm.openContact(contact.maya)
    await view.message.fill('Good afternoon')
    await view.addTag.fill('called')
    await view.followUp.fill('Call')
    await view.note.fill('Wants two variants')
    await view.wrapUp.click()
    await expect(view.wrapUpResult.getByRole('listitem')).toHaveCount(4)
    const [frame, result, button] = await Promise.all([
      boxOf(page.locator('iframe[title="Wrapup"]')),
      boxOf(view.wrapUpResult),
      boxOf(view.wrapUp),
    ])
    expect(button.bottom).toBeLessThanOrEqual(frame.bottom)
    expect(button.bottom - result.y).toBeLessThan(frame.height * 0.45)
    expect(await seriousFindings(page)).toEqual([])
  })
})
