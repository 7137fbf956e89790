import { nextTick, type Ref } from 'vue'

type Focusable = { focus: () => void }

/** An item of a list that turns into its own editor; when that is left, the keyboard goes on where it was opened. */
export function useItemEditor(parts: {
  /** What opens the editor. */
  opener: Readonly<Ref<Focusable | null>>
  editor: Readonly<Ref<Focusable | null>>
  onEdit: (isEdited: boolean) => void
}) {
  return {
    async edit(): Promise<void> {
      parts.onEdit(true)
      await nextTick()
      parts.editor.value?.focus()
    },
    async leave(): Promise<void> {
      parts.onEdit(false)
      await nextTick()
      parts.opener.value?.focus()
    },
  }
}
