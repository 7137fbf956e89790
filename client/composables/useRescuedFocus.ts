import { onBeforeUpdate, onUpdated, type Ref } from 'vue'

/** Where what had the keyboard is gone after an update, the keyboard goes on close by instead of at the page's start. */
export function useRescuedFocus(
  container: Readonly<Ref<HTMLElement | null>>,
  rescue: () => HTMLElement | null | undefined,
): void {
  let wasInside = false

  onBeforeUpdate(() => {
    wasInside = container.value?.contains(document.activeElement) ?? false
  })
  onUpdated(() => {
    if (wasInside && document.activeElement === document.body) rescue()?.focus({ preventScroll: true })
    wasInside = false
  })
}
