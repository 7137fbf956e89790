import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser } from '@playwright/test'
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

/** A page of another site around the frame, as the CRM is. */
async function serveParent(payload: string): Promise<Server> {
  const html = `<!doctype html><title>Parent</title><iframe id="app" width="1200" height="700"></iframe><script>
    addEventListener('message', (event) => {
      if (event.data?.message === 'REQUEST_USER_DATA')
        event.source.postMessage({ message: 'REQUEST_USER_DATA_RESPONSE', payload: ${JSON.stringify(payload)} }, '*')
    })
  </script>`
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end(html)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return server
}

async function openOnce(browser: Browser, parentUrl: string, candidate: Candidate): Promise<number> {
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
    return Number(await marked.getAttribute('data-usable-at'))
  } finally {
    await context.close()
  }
}

/** From the start of the frame's navigation to a usable search field, CPU slowed four times; medians, interleaved. */
export async function measureOpenTime(
  app: Candidate,
  bare: Candidate,
  /** Made by the parent page for the app. */
  userContext: string,
): Promise<Figure[]> {
  const parent = await serveParent(userContext)
  const parentUrl = `http://localhost:${(parent.address() as AddressInfo).port}/`
  const browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumFlags })
  const times = { app: [] as number[], bare: [] as number[] }
  try {
    await openOnce(browser, parentUrl, app)
    await openOnce(browser, parentUrl, bare)
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      times.bare.push(await openOnce(browser, parentUrl, bare))
      times.app.push(await openOnce(browser, parentUrl, app))
    }
  } finally {
    await browser.close()
    parent.close()
  }
  const [appMs, bareMs] = [median(times.app), median(times.bare)]
  return [
    { name: `${bare.name}: usable after`, value: Math.round(bareMs), unit: 'ms' },
    { name: `${app.name}: usable after`, value: Math.round(appMs), unit: 'ms' },
    { name: 'noise (half the quartile distance, share of the median)', value: spread(times.app), unit: '' },
    { name: 'usable after, times the bare page', value: appMs / bareMs, unit: '', goal: { atMost: 1.5 } },
  ]
}
