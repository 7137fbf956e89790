import type { Page } from '@playwright/test'
import { describe } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { test } from '../support/browser.ts'
import { expect } from '../support/patient-expect.ts'

const { contact } = seedIds

/** How far the app's document is wider than its frame. */
async function overflowPx(page: Page): Promise<number> {
  const frame = page.frames().find((one) => one.parentFrame() === page.mainFrame())
  return frame
    ? frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    : Number.NaN
}

describe('in the frame of the CRM', () => {
  test('When the browser blocks storage of third parties, then the app neither has nor needs any', async ({
    context,
    crm,
    view,
    world,
  }) => {
    await crm.openContact(contact.maya)
    await expect(view.conversation.getByRole('article').first()).toBeVisible()
    const storage = await view.heading.evaluate(() => {
      try {
        return `open, ${localStorage.length} items`
      } catch (error) {
        return error instanceof Error ? error.name : 'unknown'
      }
    })
    expect(storage).toBe('SecurityError')
    expect(await context.cookies(world.publicUrl)).toEqual([])
  })

  test('When a page of somebody else embeds the app, then the browser refuses to show it', async ({
    page,
    world,
  }) => {
    const answer = await page.request.get(`${world.publicUrl}/`)
    expect(answer.headers()['x-frame-options']).toBeUndefined()
    expect(answer.headers()['content-security-policy']).toMatch(
      new RegExp(`frame-ancestors [^;]*${world.sandbox.origin}`),
    )
    expect(answer.headers()['content-security-policy']).not.toContain('unsafe-inline')
  })

  test('When the CRM does not answer, then the page says so and can ask again', async ({
    context,
    crm,
    page,
    view,
    world,
  }) => {
    await page.route('**/shell/user-context*', (route) => route.fulfill({ status: 503 }))
    await page.goto(`${world.sandbox.origin}/v2/location/${seedIds.location.main}`)
    await expect(view.search).toBeVisible()
    await context.clock.fastForward(11_000)
    await expect(view.alert).toContainText('Your CRM did not answer')
    await page.unroute('**/shell/user-context*')
    await crm.app.getByRole('button', { name: 'Try again' }).click()
    await expect(view.contacts.first()).toBeVisible()
  })
})

describe('on a narrow screen', () => {
  test.override({ options: { installed: true, viewport: { width: 400, height: 800 } } })

  test('When a contact is found, texted and left again, then nothing needs to be scrolled sideways', async ({
    crm,
    page,
    view,
  }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    expect(await overflowPx(page)).toBe(0)
    await view.search.fill('wolfeschlegel')
    await expect(view.contacts).toHaveCount(1)
    await view.contacts.filter({ hasText: 'Wolfeschlegel' }).click()
    await expect(view.heading).toContainText('Wolfeschlegelsteinhausenbergerdorff')
    await expect(view.search).toBeHidden()
    expect(await overflowPx(page)).toBe(0)

    await view.message.fill('Good afternoon')
    await view.followUp.fill('Call')
    await view.wrapUp.click()
    await expect(view.wrapUpResult).toContainText('Message sent')
    expect(await overflowPx(page)).toBe(0)
    await crm.app.getByRole('link', { name: 'Back to contacts' }).click()
    await expect(view.search).toBeVisible()
  })

  test('When the tag field is reached by its shortcut, then it and its offers are above the bar', async ({
    crm,
    page,
    view,
  }) => {
    await crm.openContact(seedIds.contact.maya)
    await expect(view.notes.first()).toBeVisible()
    await expect(view.message).toBeFocused()
    await page.keyboard.press('Alt+t')
    await page.keyboard.type('le')
    const offers = crm.app.getByRole('listbox')
    await expect(offers).toBeVisible()
    const [offersBox, barBox] = await Promise.all([offers.boundingBox(), view.wrapUp.boundingBox()])
    expect(offersBox!.y + offersBox!.height).toBeLessThan(barBox!.y)
  })

  test('When the shortcuts are opened, then they fit', async ({ crm, page, view }) => {
    await crm.open()
    await expect(view.contacts.first()).toBeVisible()
    await crm.app.getByRole('button', { name: 'Keyboard shortcuts' }).click()
    await expect(crm.app.getByRole('dialog')).toBeVisible()
    expect(await overflowPx(page)).toBe(0)
  })
})
