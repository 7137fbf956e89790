import lighthouse, { desktopConfig } from 'lighthouse'
import { launch } from 'puppeteer-core'
import { findChromium } from '../../scripts/chromium.ts'
import { chromiumFlags } from '../support/chromium-flags.ts'
import type { Figure } from './bench-report.ts'

/** Stands in for the CRM around the page, since the audit needs the page at the top: a port that answers like it. */
const answerAsParent = (payload: string) => {
  const { port1 } = new MessageChannel()
  port1.postMessage = () => {
    const data = { message: 'REQUEST_USER_DATA_RESPONSE', payload }
    queueMicrotask(() => window.dispatchEvent(new MessageEvent('message', { data, source: port1 })))
  }
  Object.defineProperty(window, 'parent', { value: port1 })
}

async function audit(url: string, userContext: string, form: 'desktop' | 'mobile'): Promise<Figure[]> {
  const browser = await launch({
    executablePath: findChromium(),
    args: chromiumFlags,
    headless: true,
  })
  try {
    const page = await browser.newPage()
    await page.evaluateOnNewDocument(answerAsParent, userContext)
    const result = await lighthouse(
      url,
      { onlyCategories: ['performance', 'accessibility'], logLevel: 'error', output: 'json' },
      form === 'desktop' ? desktopConfig : undefined,
      page,
    )
    const score = (category: string) => Math.round((result?.lhr.categories[category]?.score ?? 0) * 100)
    return [
      {
        name: `Lighthouse accessibility (${form})`,
        value: score('accessibility'),
        unit: '',
        goal: { atLeast: 100 },
      },
      {
        name: `Lighthouse performance (${form})`,
        value: score('performance'),
        unit: '',
        // The page lives in a desktop CRM's frame; on an emulated phone over slow 4G the figure informs.
        ...(form === 'desktop' && { goal: { atLeast: 95 } }),
      },
    ]
  } finally {
    await browser.close()
  }
}

export async function measureLighthouse(url: string, userContext: string): Promise<Figure[]> {
  return [...(await audit(url, userContext, 'desktop')), ...(await audit(url, userContext, 'mobile'))]
}
