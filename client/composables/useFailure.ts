import { shallowRef } from 'vue'
import { type ApiError, isUncertain, toApiError } from '../api/api-error.ts'

/** What did not happen, and why. */
export type Failure = { title: string; error: ApiError }

/** For what did not happen, and for what may have happened all the same, since its answer was lost. */
export type FailureWords = { failed: string; unsure: string }

export function titleOf(words: string | FailureWords, error: ApiError): string {
  if (typeof words === 'string') return words
  return isUncertain(error) ? words.unsure : words.failed
}

/** Runs actions whose failure is shown beside the form; a new try clears the old words. */
export function useFailure() {
  const failure = shallowRef<Failure | null>(null)

  /** Whether the action succeeded. */
  async function attempt(words: string | FailureWords, action: () => Promise<unknown>): Promise<boolean> {
    failure.value = null
    try {
      await action()
      return true
    } catch (thrown) {
      const error = toApiError(thrown)
      failure.value = { title: titleOf(words, error), error }
      return false
    }
  }

  return {
    failure,
    attempt,
    dismiss: () => {
      failure.value = null
    },
  }
}
