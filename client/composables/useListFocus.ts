import { computed, type ComputedRef, nextTick, ref, type Ref, watch } from 'vue'

type ListFocusParts = {
  list: Readonly<Ref<HTMLElement | null>>
  keys: ComputedRef<readonly string[]>
  currentKey: ComputedRef<string | null>
  scrollTo: (index: number) => void
  leaveUp: () => void
}

/**
 * One tab stop for a long list; the arrow keys move within it, also to rows that are not drawn yet. It stays with its
 * row when the list changes its order.
 */
export function useListFocus({ list, keys, currentKey, scrollTo, leaveUp }: ListFocusParts) {
  const activeIndex = ref(0)
  const count = computed(() => keys.value.length)

  function reset(): void {
    activeIndex.value = currentKey.value === null ? 0 : Math.max(0, keys.value.indexOf(currentKey.value))
  }
  watch(currentKey, reset, { immediate: true })
  watch(keys, (now, before) => {
    const activeKey = before[activeIndex.value]
    if (activeKey === undefined) return reset()
    const index = now.indexOf(activeKey)
    activeIndex.value = index === -1 ? Math.max(0, Math.min(activeIndex.value, now.length - 1)) : index
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
