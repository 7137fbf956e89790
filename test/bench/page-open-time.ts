import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { chromium, type Browser, type Frame } from '@playwright/test'
import { findChromium } from '../../scripts/chromium.ts'
import { chromiumFlags } from '../support/chromium-flags.ts'
import { type Figure, median, spread } from './bench-report.ts'

export type Candidate = {
  name: string
  /** An address of the same origin that runs no script: the frame's process starts there. */
  warmUrl: string
  pageUrl: string
}

const repetitions = 11
const slowdown = 4
const quietMs = 2_000

/** Marks, in every frame, the moment from which a search field stands there and takes input. */
const watchForSearchField = () => {
  const look = () => {
    const field = document.querySelector<HTMLInputElement>('input[type=search]')
    if (field && !field.disabled && field.getClientRects().length > 0) {
      document.documentElement.dataset['usableAt'] = String(performance.now())
      return
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

export type ParentPage = {
  origin: string
  /** What the page answers when a frame asks who is looking. */
  answer(userContext: string): void
  close(): void
}

/** A page of another site around the frame, as the CRM is. */
export async function serveParentPage(): Promise<ParentPage> {
  let payload = ''
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>Parent</title>
      <iframe id="app" width="1200" height="700"></iframe><script>
      addEventListener('message', (event) => {
        if (event.data?.message === 'REQUEST_USER_DATA') event.source.postMessage(
          { message: 'REQUEST_USER_DATA_RESPONSE', payload: ${JSON.stringify(payload)} }, '*')
      })</script>`)
  })
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    answer: (userContext) => {
      payload = userContext
    },
    close: () => server.close(),
  }
}

async function openOnce(
  browser: Browser,
  parentUrl: string,
  candidate: Candidate,
  /** Looks at the frame before it is closed. */
  inspect?: (frame: Frame) => Promise<void>,
): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  try {
    await context.addInitScript(watchForSearchField)
    const page = await context.newPage()
    await page.goto(parentUrl)
    const element = await page.waitForSelector('#app')
    await element.evaluate((frame, url) => frame.setAttribute('src', url), candidate.warmUrl)
    const frame = await element.contentFrame()
    if (!frame) throw new Error('the frame is missing')
    await frame.waitForURL(candidate.warmUrl)
    const session = await context.newCDPSession(frame)
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    await element.evaluate((target, url) => target.setAttribute('src', url), candidate.pageUrl)
    await frame.waitForURL(candidate.pageUrl)
    const marked = await frame.waitForSelector('html[data-usable-at]', { state: 'attached' })
    await inspect?.(frame)
    return Number(await marked.getAttribute('data-usable-at'))
  } finally {
    await context.close()
  }
}

/** Paths of all scripts that opening the app loads until nothing more is asked for. */
export async function scriptsOfOpening(parent: ParentPage, app: Candidate): Promise<string[]> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags })
  const scripts = new Set<string>()
  try {
    await openOnce(browser, parent.origin, app, async (frame) => {
      await frame.waitForSelector('[role=list] a, [role=list] button, ul li a, ul li button')
      // The network never rests, since the event stream stays open: what has loaded nothing for a while is done.
      for (let seen = -1; seen < scripts.size;) {
        seen = scripts.size
        await setTimeout(quietMs)
        const names = await frame.evaluate(() =>
          performance.getEntriesByType('resource').map(({ name }) => name),
        )
        for (const name of names) if (name.endsWith('.js')) scripts.add(new URL(name).pathname)
      }
    })
  } finally {
    await browser.close()
  }
  return [...scripts]
}

/** From the start of the frame's navigation to a usable search field, CPU slowed four times; medians, interleaved. */
export async function measureOpenTime(
  parent: ParentPage,
  app: Candidate,
  bare: Candidate,
): Promise<Figure[]> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags })
  const times = { app: [] as number[], bare: [] as number[] }
  try {
    await openOnce(browser, parent.origin, app)
    await openOnce(browser, parent.origin, bare)
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      times.bare.push(await openOnce(browser, parent.origin, bare))
      times.app.push(await openOnce(browser, parent.origin, app))
    }
  } finally {
    await browser.close()
  }
  const [appMs, bareMs] = [median(times.app), median(times.bare)]
  return [
    { name: `${bare.name}: usable after`, value: Math.round(bareMs), unit: 'ms' },
    { name: `${app.name}: usable after`, value: Math.round(appMs), unit: 'ms' },
    { name: 'noise (half the quartile distance, share of the median)', value: spread(times.app), unit: '' },
    { name: 'usable after, times the bare page', value: appMs / bareMs, unit: '', goal: { atMost: 1.5 } },
  ]
}
