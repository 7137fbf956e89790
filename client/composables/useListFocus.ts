import { type ComputedRef, nextTick, ref, type Ref, watch } from 'vue'

type ListFocusParts = {
  list: Readonly<Ref<HTMLElement | null>>
  count: ComputedRef<number>
  currentIndex: ComputedRef<number>
  scrollTo: (index: number) => void
  leaveUp: () => void
}

/** One tab stop for a long list; the arrow keys move within it, also to rows that are not drawn yet. */
export function useListFocus({ list, count, currentIndex, scrollTo, leaveUp }: ListFocusParts) {
  const activeIndex = ref(0)

  function reset(): void {
    activeIndex.value = Math.max(0, currentIndex.value)
  }
  watch(currentIndex, reset, { immediate: true })
  watch(count, () => {
    activeIndex.value = Math.max(0, Math.min(activeIndex.value, count.value - 1))
  })

  async function focusRow(index: number): Promise<void> {
    if (index < 0 || index >= count.value) return
    activeIndex.value = index
    scrollTo(index)
    await nextTick()
    list.value?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.focus()
  }

  const moves: Record<string, () => number> = {
    ArrowDown: () => activeIndex.value + 1,
    ArrowUp: () => activeIndex.value - 1,
    Home: () => 0,
    End: () => count.value - 1,
  }

  function onKeydown(event: KeyboardEvent): void {
    const move = moves[event.key]
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const index = move()
    if (index < 0) leaveUp()
    else void focusRow(index)
  }

  return { activeIndex, reset, focusRow, onKeydown }
}
