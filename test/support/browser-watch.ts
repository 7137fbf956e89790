import type { BrowserContext } from '@playwright/test'

/** The browser's own line about an answer from 400 on, or about none while it is offline: both are part of tests. */
const failedAnswer =
  /^Failed to load resource: (the server responded with a status of \d{3}|net::ERR_INTERNET_DISCONNECTED)/

export type BrowserWatch = {
  /** Everything a page complained of: console errors, uncaught errors, violated policies. */
  complaints: readonly string[]
}

/** Listens to all pages of a context, and their frames, from their first moment. */
export function watchBrowser(context: BrowserContext): BrowserWatch {
  const complaints: string[] = []
  context.on('console', (message) => {
    const serious =
      ['error', 'assert'].includes(message.type()) || /content security policy/i.test(message.text())
    if (serious && !failedAnswer.test(message.text())) complaints.push(`console: ${message.text()}`)
  })
  context.on('weberror', (webError) => {
    complaints.push(`uncaught: ${webError.error().stack ?? webError.error().message}`)
  })
  return { complaints }
}
