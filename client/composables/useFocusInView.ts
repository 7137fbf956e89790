import { onBeforeUnmount, type Ref, watch } from 'vue'
import { isField } from './useShortcuts.ts'

/** Keeps the field one is in where it can be seen while what stands above it is still loading. */
export function useFocusInView(
  growing: Readonly<Ref<HTMLElement | null>>,
  loaded: Readonly<Ref<unknown>>,
): void {
  function keepInView(): void {
    const { activeElement } = document
    if (isField(activeElement) && growing.value?.contains(activeElement))
      activeElement?.scrollIntoView({ block: 'nearest' })
  }

  const resizes = new ResizeObserver(keepInView)
  watch(growing, (element) => {
    resizes.disconnect()
    if (element) resizes.observe(element)
  })
  watch(loaded, keepInView, { flush: 'post' })
  onBeforeUnmount(() => resizes.disconnect())
}
