/**
 * Resolves once the page was drawn for the first time: what is not needed for that waits, so that it does not compete
 * for the processor. A hidden page is not drawn, so it does not wait for long.
 */
export const firstPaint: Promise<void> = new Promise((resolve) => {
  const fallback = setTimeout(resolve, 1000)
  requestAnimationFrame(() => {
    setTimeout(() => {
      clearTimeout(fallback)
      resolve()
    })
  })
})

/** Runs what can wait until the browser has nothing better to do. */
export function whenIdle(run: () => void): void {
  const { requestIdleCallback }: Partial<Pick<Window, 'requestIdleCallback'>> = window
  if (requestIdleCallback) requestIdleCallback(run, { timeout: 1000 })
  else setTimeout(run, 200)
}
