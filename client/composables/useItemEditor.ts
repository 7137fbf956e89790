import { nextTick, type Ref, watch } from 'vue'
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
  isEdited: () => boolean
  onEdit: (isEdited: boolean) => void
}) {
  let mayFocus = false
  watch(parts.isEdited, (isEdited) => {
    mayFocus = !isEdited && mayTakeFocus(parts.item.value)
  })
  watch(parts.isEdited, () => mayFocus && parts.opener.value?.focus(), { flush: 'post' })

  return {
    async edit(): Promise<void> {
      parts.onEdit(true)
      await nextTick()
      parts.editor.value?.focus()
    },
    leave: () => parts.onEdit(false),
  }
}
