import { onScopeDispose } from 'vue'

/** Acts whenever the browser has a connection again, for as long as the calling component lives. */
export function useReconnect(act: () => void, view: Window = window): void {
  view.addEventListener('online', act)
  onScopeDispose(() => view.removeEventListener('online', act))
}
