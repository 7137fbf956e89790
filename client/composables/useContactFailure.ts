import { onScopeDispose } from 'vue'
import { isUncertain, toApiError } from '../api/api-error.ts'
import { useFailure } from './useFailure.ts'
import { useMissedWords } from './useMissedFailure.ts'

/** What did not happen, or may not have happened. */
export type FailureWords = { failed: string; unsure: string }

/** As `useFailure`, for what nothing else remembers: where the contact was left, the failure is told elsewhere. */
export function useContactFailure() {
  const { failure, attempt, dismiss } = useFailure()
  const tellMissed = useMissedWords()
  let isLeft = false
  onScopeDispose(() => {
    isLeft = true
  })

  return {
    failure,
    attempt,
    dismiss,
    attemptOrTell: ({ failed, unsure }: FailureWords, action: () => Promise<unknown>) =>
      attempt(failed, async () => {
        try {
          await action()
        } catch (thrown) {
          if (isLeft) tellMissed(isUncertain(toApiError(thrown)) ? unsure : failed)
          throw thrown
        }
      }),
  }
}
