import { watch } from 'vue'
import { doubtOf } from './message-doubt.ts'
import { traceOf } from './same-words.ts'
import { useContactScope } from './useContactScope.ts'
import { useMessageOutcome } from './useMessageOutcome.ts'

/** As soon as the conversation shows the message, there is no doubt any more. */
export function useSettledDoubt(): void {
  const { contactId, draft, timeline } = useContactScope()
  const { wentOut } = useMessageOutcome()

  watch(
    [timeline.items, () => draft.send],
    ([items, send]) => {
      const attempt = doubtOf(send)?.attempt
      const trace = attempt && traceOf(items, attempt)
      if (trace) wentOut({ ...trace, contactId }, attempt.payload.message)
    },
    { immediate: true },
  )
}
