import { computed, type ComputedRef } from 'vue'
import { isTyped, isUnsettled } from '../stores/draft-state.ts'
import { useDraftsStore } from '../stores/drafts-store.ts'
import { useEditsStore } from '../stores/edits-store.ts'

/** What waits in a contact that is not on screen; a failure before what was only typed. */
export function useRowMark(contactId: () => string): ComputedRef<'failed' | 'draft' | null> {
  const drafts = useDraftsStore()
  const edits = useEditsStore()
  return computed(() => {
    const draft = drafts.find(contactId())
    if (draft && isUnsettled(draft)) return 'failed'
    return (draft && isTyped(draft)) || edits.isChangedOf(contactId()) ? 'draft' : null
  })
}
