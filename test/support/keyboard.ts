import type { Locator, Page } from '@playwright/test'
import { expect } from './patient-expect.ts'

/** More than any form of the app has. */
const mostStops = 60

/** Goes on by Tab to an element, as somebody without a mouse does; fails where no Tab leads there. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  for (let stops = 0; stops < mostStops; stops += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`No Tab leads to ${target.toString()}`)
}

export async function pressOn(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

/** Chooses in a select as the keyboard does: the first option that begins like this. */
export async function chooseByTyping(page: Page, target: Locator, beginning: string): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.type(beginning)
  await expect(target.locator('option:checked')).toHaveText(new RegExp(`^\\s*${beginning}`))
}
