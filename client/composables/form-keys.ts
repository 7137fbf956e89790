import { isApple, shortcutOf } from './useShortcuts.ts'

/** The shortcut that finishes a contact finishes the form it is pressed in, and nothing else. */
export function submitOnShortcut(event: KeyboardEvent): void {
  const { currentTarget: form } = event
  if (event.isComposing || !(form instanceof HTMLFormElement)) return
  if (shortcutOf(event, true, isApple()) !== 'wrap_up') return
  event.preventDefault()
  form.requestSubmit()
}

/** Escape leaves the form, unless it only ends the composing of a word. */
export function cancelOnEscape(event: KeyboardEvent, cancel: () => void): void {
  if (event.isComposing) return
  event.preventDefault()
  cancel()
}
