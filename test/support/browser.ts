import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { chromium, type BrowserContext } from '@playwright/test'
import { test as base } from 'vitest'
import { findChromium } from '../../scripts/chromium.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { watchBrowser } from './browser-watch.ts'
import { chromiumFlags } from './chromium-flags.ts'
import { contactView } from './contact-view.ts'
import { createLiveClock, testStartMs } from './clock.ts'
import { createCrmShell } from './crm-shell.ts'
import { startWorld, type World } from './world.ts'

const resultsDir = resolve(import.meta.dirname, '../../test-results/e2e')

/** A fifth of the browser tests' time goes into traces, so they are made where somebody asks. */
const traces = process.env['E2E_TRACE'] === '1'

/** The people at work sit elsewhere than the sub-account, so that mixed-up time zones show. */
const contextOptions = {
  locale: 'en-US',
  timezoneId: 'Europe/Lisbon',
  viewport: { width: 1280, height: 800 },
  reducedMotion: 'reduce',
} as const

export type BrowserWorldOptions = {
  installed: boolean
  viewport?: { width: number; height: number }
  /** Beside stand-ins of the other SMS systems. */
  carriers?: boolean
}

/** Time passes, from the same Monday on as in all tests; messages get on quickly. */
async function startBrowserWorld({ installed, carriers = false }: BrowserWorldOptions): Promise<World> {
  const clock = createLiveClock()
  clock.advance(testStartMs - clock.now())
  const behaviour = { statusDelaysMs: { sent: 150, settled: 300 }, providerStatusLagMs: 300 }
  const world = await startWorld({ clock, behaviour, carriers })
  if (installed) {
    const { admin } = seedIds.user
    await world.sandbox.installFromMarketplace({ userId: admin, locationIds: [seedIds.location.main] })
    await world.sandbox.settle()
  }
  return world
}

function fileName(testName: string): string {
  return testName.replace(/[^\p{L}\d]+/gu, '-').slice(0, 80)
}

async function keepPictures(context: BrowserContext, testName: string): Promise<void> {
  mkdirSync(resultsDir, { recursive: true })
  const path = resolve(resultsDir, fileName(testName))
  for (const [index, page] of context.pages().entries()) {
    await page.screenshot({ path: `${path}-${index}.png` })
  }
  if (traces) await context.tracing.stop({ path: `${path}.zip` })
}

/**
 * Tests in a browser: the real app in the cross-origin frame of the stand-in CRM, a world and a browser context of its
 * own for each; Chromium blocks the storage of third parties by itself, as it does for users. A test fails when a page
 * complained, and a failed one leaves screenshots in `test-results/e2e`, and with E2E_TRACE=1 a trace.
 */
export const test = base
  .extend('options', (): BrowserWorldOptions => ({ installed: true }))
  .extend('chromiumPath', { scope: 'file' }, () => findChromium())
  .extend('browser', { scope: 'file' }, async ({ chromiumPath }, { onCleanup }) => {
    const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags })
    onCleanup(() => browser.close())
    return browser
  })
  .extend('world', async ({ options }, { onCleanup }) => {
    const world = await startBrowserWorld(options)
    onCleanup(() => world.close())
    return world
  })
  .extend('watch', async ({ browser, world, options, task }, { onCleanup }) => {
    const { viewport = contextOptions.viewport } = options
    const context = await browser.newContext({ ...contextOptions, viewport })
    const watch = watchBrowser(context)
    await context.clock.install({ time: world.clock.now() })
    if (traces) await context.tracing.start({ screenshots: true, snapshots: true })
    onCleanup(async () => {
      const failed = task.result?.state === 'fail' || watch.complaints.length > 0
      if (failed) await keepPictures(context, task.name)
      await context.close()
      if (watch.complaints.length > 0) throw new Error(`The page complained:\n${watch.complaints.join('\n')}`)
    })
    return { ...watch, context }
  })
  .extend('context', ({ watch }) => watch.context)
  .extend('page', ({ context }) => context.newPage())
  .extend('crm', ({ page, world }) => createCrmShell(page, world))
  .extend('view', ({ crm }) => contactView(crm.app))
