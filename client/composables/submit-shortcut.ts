import { isApple, shortcutOf } from './useShortcuts.ts'

/** The shortcut that finishes a contact finishes the form it is pressed in, and nothing else. */
export function submitOnShortcut(event: KeyboardEvent): void {
  const { currentTarget: form } = event
  if (event.isComposing || !(form instanceof HTMLFormElement)) return
  if (shortcutOf(event, true, isApple()) !== 'wrap_up') return
  event.preventDefault()
  form.requestSubmit()
}
