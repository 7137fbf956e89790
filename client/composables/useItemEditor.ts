import { nextTick, type Ref, ref, watch } from 'vue'

type Focusable = { focus: () => void }

/** An item of a list that turns into its own editor; when that is left, the keyboard goes on where it was opened. */
export function useItemEditor(parts: {
  /** What opens the editor. */
  opener: Readonly<Ref<Focusable | null>>
  onEdit: (isEdited: boolean) => void
}) {
  const isEdited = ref(false)
  watch(isEdited, parts.onEdit)

  return {
    isEdited,
    async leave(): Promise<void> {
      isEdited.value = false
      await nextTick()
      parts.opener.value?.focus()
    },
  }
}
