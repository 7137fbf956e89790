import { computed, onScopeDispose, watch } from 'vue'
import { isTyped, isUnderWay } from '../stores/draft-state.ts'
import { useDraftsStore } from '../stores/drafts-store.ts'
import { useEditsStore } from '../stores/edits-store.ts'
import { useSessionStore } from '../stores/session-store.ts'

/** The browser asks before the page is left while something is typed or on its way that would be lost with it. */
export function useLeaveGuard(view: Window = window): void {
  const drafts = useDraftsStore()
  const edits = useEditsStore()
  const session = useSessionStore()

  /** For another user or sub-account the page has to go, whatever is on it. */
  const mayStay = computed(() => session.state.status !== 'switched')
  const wouldLose = computed(
    () => drafts.all().some((draft) => isTyped(draft) || isUnderWay(draft)) || edits.isChanged(),
  )

  const ask = (event: BeforeUnloadEvent) => event.preventDefault()
  const stopAsking = () => view.removeEventListener('beforeunload', ask)

  // Only while it is needed: some browsers keep no page for "back" that listens.
  watch(
    () => mayStay.value && wouldLose.value,
    (asks) => (asks ? view.addEventListener('beforeunload', ask) : stopAsking()),
    { immediate: true, flush: 'sync' },
  )
  onScopeDispose(stopAsking)
}
