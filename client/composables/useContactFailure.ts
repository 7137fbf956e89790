import { onScopeDispose } from 'vue'
import { toApiError } from '../api/api-error.ts'
import { type FailureWords, titleOf, useFailure } from './useFailure.ts'
import { useMissedWords } from './useMissedFailure.ts'

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
    attemptOrTell: (words: FailureWords, action: () => Promise<unknown>) =>
      attempt(words, async () => {
        try {
          await action()
        } catch (thrown) {
          if (isLeft) tellMissed(titleOf(words, toApiError(thrown)))
          throw thrown
        }
      }),
  }
}
