/** Whoever presses longer wants something else than to click. */
const longestPressMs = 1_000

/** Resolves once the pointer is up and the click that follows has been heard. */
export function pressEnds(): Promise<void> {
  const listening = new AbortController()
  return new Promise((resolve) => {
    const end = () => {
      listening.abort()
      clearTimeout(timer)
      setTimeout(resolve)
    }
    const timer = setTimeout(end, longestPressMs)
    for (const up of ['pointerup', 'pointercancel']) {
      window.addEventListener(up, end, { capture: true, signal: listening.signal })
    }
  })
}
