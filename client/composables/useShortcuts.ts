import { onScopeDispose } from 'vue'

/** Returns true when it acted: then the browser does nothing with the key. */
type Handler = () => boolean | void

export type Shortcuts = Partial<Record<ShortcutName, Handler>>

type ShortcutName =
  | 'search'
  | 'help'
  | 'next'
  | 'previous'
  | 'browse_next'
  | 'browse_previous'
  | 'wrap_up'
  | 'message'
  | 'tag'
  | 'follow_up'
  | 'note'

type Keys = Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey'>

/** On Apple keyboards Option types characters (ñ, ß), so there the jumps need Control as well. */
export function isApple(view: Window = window): boolean {
  return /Mac|iPhone|iPad/.test(view.navigator.userAgent)
}

const jumps: Record<string, ShortcutName> = {
  ArrowDown: 'next',
  ArrowUp: 'previous',
  KeyM: 'message',
  KeyT: 'tag',
  KeyF: 'follow_up',
  KeyN: 'note',
}

const plain: Record<string, ShortcutName> = {
  '/': 'search',
  '?': 'help',
  j: 'browse_next',
  k: 'browse_previous',
}

/** Which shortcut a key press means; letters without a modifier count only outside of fields. */
export function shortcutOf(keys: Keys, inField: boolean, apple: boolean): ShortcutName | undefined {
  if (keys.key === 'Enter' && keys.ctrlKey !== keys.metaKey && !keys.altKey) return 'wrap_up'
  if (keys.altKey && keys.ctrlKey === apple && !keys.metaKey) return jumps[keys.code]
  if (inField || keys.altKey || keys.ctrlKey || keys.metaKey) return undefined
  return plain[keys.key]
}

export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type)
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** Alt with an arrow opens a native choice: that belongs to the browser. */
function isOwnKey(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLSelectElement && event.code.startsWith('Arrow')
}

/** Listens for as long as the calling component lives; an open dialog silences all. */
export function useShortcuts(shortcuts: Shortcuts, view: Window = window): void {
  const apple = isApple(view)
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || isOwnKey(event)) return
    if (view.document.querySelector('[role="dialog"], [role="alertdialog"]')) return
    const name = shortcutOf(event, isField(event.target), apple)
    const handler = name && shortcuts[name]
    if (handler && handler() !== false) event.preventDefault()
  }
  view.addEventListener('keydown', listen)
  onScopeDispose(() => view.removeEventListener('keydown', listen))
}
