import { shallowRef } from 'vue'
import { type ApiError, toApiError } from '../api/api-error.ts'

/** What did not happen, and why. */
export type Failure = { title: string; error: ApiError }

/** Runs actions whose failure is shown beside the form; a new try clears the old words. */
export function useFailure() {
  const failure = shallowRef<Failure | null>(null)

  /** Whether the action succeeded. */
  async function attempt(title: string, action: () => Promise<unknown>): Promise<boolean> {
    failure.value = null
    try {
      await action()
      return true
    } catch (thrown) {
      failure.value = { title, error: toApiError(thrown) }
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
