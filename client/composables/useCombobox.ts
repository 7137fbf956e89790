import { computed, type Ref, ref, useId, watch } from 'vue'

type ComboboxParts = {
  options: Readonly<Ref<readonly string[]>>
  /** The text typed. */
  text: Ref<string>
  /** Enter: the option gone to with the arrow keys, else null for what was typed. */
  submit: (option: string | null) => void
}

/**
 * A text field that offers options. Nothing is chosen by itself: ready-made comboboxes highlight the first
 * option while one types, and Enter would then take it instead of the new name typed.
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 */
export function useCombobox({ options, text, submit }: ComboboxParts) {
  const listId = useId()
  const isWanted = ref(false)
  /** Gone to by its name: offers that arrive or change meanwhile do not turn Enter into something else. */
  const activeOption = ref<string | null>(null)
  const activeIndex = computed(() =>
    activeOption.value === null ? -1 : options.value.indexOf(activeOption.value),
  )
  const isOpen = computed(() => isWanted.value && options.value.length > 0)
  const optionId = (index: number) => `${listId}-${index}`

  watch(text, () => {
    activeOption.value = null
  })

  function close(): void {
    isWanted.value = false
    activeOption.value = null
  }

  function move(by: 1 | -1): void {
    if (!isOpen.value) {
      isWanted.value = true
      return
    }
    const stops = options.value.length + 1
    activeOption.value = options.value[((activeIndex.value + 1 + by + stops) % stops) - 1] ?? null
  }

  function onEnter(): void {
    const option = isOpen.value ? (options.value[activeIndex.value] ?? null) : null
    close()
    submit(option)
  }

  const keys: Record<string, () => void> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: onEnter,
  }

  function onKeydown(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape' && isOpen.value) {
      event.preventDefault()
      close()
    }
    const act = keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  function choose(option: string): void {
    close()
    submit(option)
  }

  return {
    listId,
    optionId,
    activeIndex,
    isOpen,
    open: () => {
      isWanted.value = true
    },
    close,
    choose,
    onKeydown,
  }
}
