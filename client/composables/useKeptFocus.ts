import { onBeforeUpdate, onUpdated, type Ref } from 'vue'

/** An element that is moved loses the focus: when a list is put in another order, it gets it back. */
export function useKeptFocus(container: Readonly<Ref<HTMLElement | null>>): void {
  let focused: HTMLElement | null = null

  onBeforeUpdate(() => {
    const { activeElement } = document
    const isInside = activeElement instanceof HTMLElement && container.value?.contains(activeElement)
    focused = isInside ? activeElement : null
  })
  onUpdated(() => {
    if (focused?.isConnected && document.activeElement === document.body)
      focused.focus({ preventScroll: true })
    focused = null
  })
}
