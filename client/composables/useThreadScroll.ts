import { nextTick, onBeforeUnmount, onMounted, type Ref, watch } from 'vue'
import type { Timeline } from './useTimeline.ts'

/** Closer than this to an end counts as being there. */
const nearPx = 96

/** Keeps the newest message in view, and what one reads in its place while earlier ones appear above it. */
export function useThreadScroll(log: Readonly<Ref<HTMLElement | null>>, timeline: Timeline) {
  const { items, state, older } = timeline
  let followsEnd = true

  function scrollToEnd(): void {
    if (log.value) log.value.scrollTop = log.value.scrollHeight
  }

  async function loadOlder(): Promise<void> {
    const element = log.value
    if (!element || older.value === 'loading') return
    const fromEnd = element.scrollHeight - element.scrollTop
    await timeline.loadOlder()
    await nextTick()
    element.scrollTop = element.scrollHeight - fromEnd
  }

  function onScroll(): void {
    const element = log.value
    if (!element) return
    followsEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx
    if (element.scrollTop < nearPx && older.value === 'idle') void loadOlder()
  }

  watch([() => items.value.at(-1)?.id, () => state.value.status], async ([, status], [, before]) => {
    const last = items.value.at(-1)
    const isOwn = last?.kind === 'message' && last.direction === 'outbound'
    await nextTick()
    if (before !== status || followsEnd || isOwn) scrollToEnd()
  })

  /** What appears below (a sender to choose, a warning) must not cover the newest message. */
  const resizes = new ResizeObserver(() => {
    if (followsEnd) scrollToEnd()
  })
  onMounted(() => {
    if (log.value) resizes.observe(log.value)
  })
  onBeforeUnmount(() => resizes.disconnect())

  return { loadOlder, onScroll }
}
