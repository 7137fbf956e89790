import { onScopeDispose } from 'vue'
import { type LiveView, useLiveStore } from '../stores/live-store.ts'

/** What is shown stays true for as long as the calling component lives. */
export function useLiveView(view: LiveView): void {
  onScopeDispose(useLiveStore().show(view))
}
