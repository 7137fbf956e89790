import { onScopeDispose, readonly, ref } from 'vue'

/** Whether the browser believes it has a connection. */
export function useOnline(view: Window = window) {
  const online = ref(view.navigator.onLine)
  const update = () => {
    online.value = view.navigator.onLine
  }
  view.addEventListener('online', update)
  view.addEventListener('offline', update)
  onScopeDispose(() => {
    view.removeEventListener('online', update)
    view.removeEventListener('offline', update)
  })
  return readonly(online)
}
