import { onScopeDispose, readonly, ref } from 'vue'

/** The current time (epoch ms), renewed often enough for a clock without seconds. */
export function useNow(everyMs = 15_000) {
  const now = ref(Date.now())
  const timer = setInterval(() => {
    now.value = Date.now()
  }, everyMs)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
