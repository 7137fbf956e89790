import { nextTick, onBeforeUnmount, onMounted, type Ref, ref, watch } from 'vue'
import { arrivals } from './timeline-merge.ts'
import type { Timeline } from './useTimeline.ts'

/** Closer than this to an end counts as being there. */
const nearPx = 96

/** Without it nobody tells when a move has come to rest, so that none is waited for. */
const tellsRest = 'onscrollend' in window

function fromEndOf({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number {
  return scrollHeight - scrollTop - clientHeight
}

function lastInView(element: HTMLElement): HTMLElement | undefined {
  const { bottom } = element.getBoundingClientRect()
  return [...element.querySelectorAll('article')].findLast(
    (item) => item.getBoundingClientRect().top < bottom,
  )
}

/** Keeps the newest message in view, and what one reads in its place while others appear above or below it. */
export function useThreadScroll(log: Readonly<Ref<HTMLElement | null>>, timeline: Timeline) {
  const { items, state, older, written } = timeline
  /** How many items came below what one reads. */
  const unseen = ref(0)
  let isNearEnd = true
  /** Browsers animate a move up: its first steps are still near the end, but it must not be held back there. */
  let movesUp = false
  let last = { top: 0, fromEnd: 0 }

  const followsEnd = () => isNearEnd && !movesUp

  function take(element: HTMLElement): void {
    last = { top: element.scrollTop, fromEnd: fromEndOf(element) }
    isNearEnd = last.fromEnd < nearPx
    if (followsEnd()) unseen.value = 0
  }

  function scrollToEnd(): void {
    movesUp = false
    if (!log.value) return
    log.value.scrollTop = log.value.scrollHeight
    take(log.value)
  }

  function onScroll(): void {
    const element = log.value
    if (!element) return
    // Where the browser moves it, because something above changed, the end is as near as before.
    const isReadersMove = element.scrollTop < last.top && fromEndOf(element) > last.fromEnd
    if (isReadersMove && tellsRest) movesUp = true
    take(element)
    if (element.scrollTop < nearPx && older.value === 'idle') void timeline.loadOlder()
  }

  function onRest(): void {
    movesUp = false
    if (!log.value) return
    const cameMeanwhile = unseen.value > 0
    take(log.value)
    if (cameMeanwhile && isNearEnd) scrollToEnd()
  }

  watch([items, () => state.value.status], async ([now, status], [before, statusBefore]) => {
    const element = log.value
    if (!element) return
    const isLoaded = status !== statusBefore
    const { below, isChangedAbove } = arrivals(before, now)
    // Looked for only now, not when earlier messages were asked for: one may have moved on meanwhile.
    const read = isChangedAbove ? lastInView(element) : undefined
    const readTop = read?.getBoundingClientRect().top ?? 0
    const sticks = below > 0 ? followsEnd() : fromEndOf(element) <= 1
    await nextTick()
    if (isLoaded || sticks) return scrollToEnd()
    if (read?.isConnected) element.scrollTop += read.getBoundingClientRect().top - readTop
    unseen.value += below
    take(element)
  })

  watch(written, async () => {
    await nextTick()
    scrollToEnd()
  })

  /** What appears below (a sender to choose, a warning) must not cover the newest message. */
  const resizes = new ResizeObserver(() => {
    if (followsEnd()) scrollToEnd()
    // Without a size it is not on screen.
    else if (log.value && log.value.clientHeight > 0) take(log.value)
  })
  onMounted(() => {
    if (log.value) resizes.observe(log.value)
  })
  onBeforeUnmount(() => resizes.disconnect())

  return { onScroll, onRest, unseen, scrollToEnd }
}
