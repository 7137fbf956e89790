import { nextTick, type Ref } from 'vue'
import { mayTakeFocus } from './free-focus.ts'

type Focusable = { focus: () => void }

/**
 * An item of a list that turns into its own editor; when that is left, the keyboard goes on where it was
 * opened, unless it went elsewhere meanwhile.
 */
export function useItemEditor(parts: {
  item: Readonly<Ref<HTMLElement | null>>
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
      if (mayTakeFocus(parts.item.value)) parts.opener.value?.focus()
    },
  }
}
