import { onScopeDispose, watch } from 'vue'
import { useProvidersCache } from './useProviders.ts'

const lookEveryMs = 5_000

/** Looks again and again while a first call of the other system is awaited; at once when the person comes back. */
export function useWebhookWatch(isAwaited: () => boolean): void {
  const { reload } = useProvidersCache()
  let timer: ReturnType<typeof setInterval> | undefined

  function look(): void {
    if (isAwaited() && document.visibilityState === 'visible') void reload()
  }

  watch(
    isAwaited,
    (awaited) => {
      clearInterval(timer)
      timer = awaited ? setInterval(look, lookEveryMs) : undefined
    },
    { immediate: true },
  )
  document.addEventListener('visibilitychange', look)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
  })
}
