import { ref, shallowRef } from 'vue'
import { toApiError } from '../api/api-error.ts'
import type { Failure } from './useFailure.ts'

/** Asks again and again for one thing: only the answer to the latest question counts, whichever comes last. */
export function useLatestAnswer() {
  const failure = shallowRef<Failure | null>(null)
  const isAsking = ref(false)
  let latest = 0

  /** @param title what to say where it fails */
  async function ask<Answer>(
    title: string,
    question: () => Promise<Answer>,
    show: (answer: Answer) => void,
  ): Promise<void> {
    const mine = ++latest
    isAsking.value = true
    failure.value = null
    try {
      const answer = await question()
      if (mine === latest) show(answer)
    } catch (thrown) {
      if (mine === latest) failure.value = { title, error: toApiError(thrown) }
    }
    if (mine === latest) isAsking.value = false
  }

  /** What was asked is no longer wanted. */
  function forget(): void {
    latest += 1
    isAsking.value = false
    failure.value = null
  }

  return { failure, isAsking, ask, forget }
}
