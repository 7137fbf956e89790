import { nextTick, onBeforeUnmount, onMounted, type Ref, ref, watch } from 'vue'
import type { Timeline } from './useTimeline.ts'

/** Closer than this to an end counts as being there. */
const nearPx = 96

/** Keeps the newest message in view, and what one reads in its place while others appear above or below it. */
export function useThreadScroll(log: Readonly<Ref<HTMLElement | null>>, timeline: Timeline) {
  const { items, state, older, written } = timeline
  /** How many items came below what one reads. */
  const unseen = ref(0)
  let followsEnd = true
  let lastTop = 0

  function scrollToEnd(): void {
    unseen.value = 0
    followsEnd = true
    if (!log.value) return
    log.value.scrollTop = log.value.scrollHeight
    lastTop = log.value.scrollTop
  }

  function onScroll(): void {
    const element = log.value
    if (!element) return
    const { scrollTop } = element
    const fromEnd = element.scrollHeight - scrollTop - element.clientHeight
    // A move up is animated: its first steps are still near the end, but it must not be held back there.
    const movesUp = scrollTop < lastTop && fromEnd > 1
    if (movesUp || fromEnd >= nearPx) followsEnd = false
    else if (scrollTop > lastTop) followsEnd = true
    lastTop = scrollTop
    if (followsEnd) unseen.value = 0
    if (scrollTop < nearPx && older.value === 'idle') void timeline.loadOlder()
  }

  watch([items, () => state.value.status], async ([now, status], [before, statusBefore]) => {
    const isLoaded = status !== statusBefore
    const known = new Set(before.map(({ kind, id }) => `${kind}:${id}`))
    const lastAt = before.at(-1)?.at ?? ''
    const added = now.filter(
      ({ kind, id, at }) => !known.has(`${kind}:${id}`) && Date.parse(at) >= Date.parse(lastAt),
    ).length
    const element = now[0]?.id === before[0]?.id ? null : log.value
    if (!isLoaded && added === 0 && !element) return
    // Taken only now, not when earlier messages were asked for: one may have moved on meanwhile.
    const fromEnd = element ? element.scrollHeight - element.scrollTop : 0
    await nextTick()
    if (isLoaded || (added > 0 && followsEnd)) return scrollToEnd()
    if (element) element.scrollTop = element.scrollHeight - fromEnd
    unseen.value += added
  })

  watch(written, async () => {
    await nextTick()
    scrollToEnd()
  })

  /** What appears below (a sender to choose, a warning) must not cover the newest message. */
  const resizes = new ResizeObserver(() => {
    if (followsEnd) scrollToEnd()
  })
  onMounted(() => {
    if (log.value) resizes.observe(log.value)
  })
  onBeforeUnmount(() => resizes.disconnect())

  return { onScroll, unseen, scrollToEnd }
}
