import { watch } from 'vue'
import { useContactScope } from './useContactScope.ts'

/** What a wrap-up came to is news until something is written for the next one; what can be retried stays. */
export function useStaleResult(canRetry: () => boolean, forget: () => void): void {
  const { draft } = useContactScope()

  watch(
    [() => draft.message, () => draft.tag, () => draft.task.title, () => draft.note],
    (now, before) => {
      const isWritten = now.some((text, index) => text !== before[index] && text.trim() !== '')
      const { status } = draft.wrapUp
      if (isWritten && (status === 'empty' || (status === 'done' && !canRetry()))) forget()
    },
    // What clears the fields comes before the result, what is typed comes after it.
    { flush: 'sync' },
  )
}
