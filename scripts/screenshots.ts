/** `npm run screenshots`: pictures of the main states, made in the stand-in CRM, into docs/screenshots. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page, type Browser } from '@playwright/test'
import { withDemoStage, type DemoStage } from '../test/sandbox/demo-stage.ts'
import { chromiumFlags } from '../test/support/chromium-flags.ts'
import { projectRoot } from './build-stamp.ts'
import { findChromium } from './chromium.ts'
import { scenes } from './screenshot-scenes.ts'
import { showScene, type Scene } from './screenshot-stage.ts'

const folder = join(projectRoot, 'docs/screenshots')
const viewports = { desktop: { width: 1280, height: 800 }, narrow: { width: 400, height: 800 } }

/** Every frame has its fonts and has drawn what it holds: a picture may otherwise show the moment before. */
async function drawn(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    await frame.evaluate(async () => {
      await document.fonts.ready
      for (let frames = 0; frames < 3; frames += 1) {
        await new Promise((resolve) => {
          requestAnimationFrame(resolve)
        })
      }
    })
  }
}

async function takePicture(browser: Browser, stage: DemoStage, scene: Scene, size: keyof typeof viewports) {
  const context = await browser.newContext({
    viewport: viewports[size],
    locale: 'en-US',
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
  })
  try {
    const page = await context.newPage()
    await showScene(scene, page, stage).catch((cause: unknown) => {
      throw new Error(`The scene ${scene.name} did not come about.`, { cause })
    })
    await drawn(page)
    await page.screenshot({ path: join(folder, `${scene.name}-${size}.png`) })
    console.log(`${scene.name}-${size}`)
  } finally {
    stage.sandbox.faults.clear()
    await context.close()
  }
}

async function takePictures(stage: DemoStage, size: keyof typeof viewports): Promise<void> {
  await stage.app.ready
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags })
  try {
    for (const scene of scenes) await takePicture(browser, stage, scene, size)
  } finally {
    await browser.close()
  }
}

await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
for (const size of ['desktop', 'narrow'] as const) {
  await withDemoStage({}, (stage) => takePictures(stage, size))
}
process.exit()
