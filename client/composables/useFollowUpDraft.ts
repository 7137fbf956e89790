import { computed } from 'vue'
import { dueInstant, fromWallClock } from '../../shared/due-presets.ts'
import type { TaskInput } from '../../shared/task-contract.ts'
import { type Draft, emptyTaskDraft } from '../stores/drafts-store.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { useContactScope } from './useContactScope.ts'
import { useUserPicker } from './usePickers.ts'

/** When a draft is due (ISO 8601); an unusable date falls back to tomorrow. */
export function dueOf(task: Draft['task'], nowMs: number, timezone: string): string {
  if (task.due !== 'custom') return dueInstant(task.due, nowMs, timezone)
  return fromWallClock(task.customDue, timezone) ?? dueInstant('tomorrow', nowMs, timezone)
}

/** The follow-up being written for the open contact. */
export function useFollowUpDraft(now: () => number = Date.now) {
  const { draft } = useContactScope()
  const session = useSessionStore()
  const users = useUserPicker()

  /** Me by default, unless the sub-account does not know me: agency users cannot be assigned. */
  const assignee = computed({
    get: () => {
      if (draft.task.assignedTo !== undefined) return draft.task.assignedTo
      const me = session.user?.id ?? null
      const isKnown = users.data.value?.some((user) => user.id === me) ?? true
      return isKnown ? me : null
    },
    set: (userId: string | null) => {
      draft.task.assignedTo = userId
    },
  })

  function input(): TaskInput | null {
    const title = draft.task.title.trim()
    if (!title) return null
    return {
      title,
      dueDate: dueOf(draft.task, now(), session.timezone),
      ...(assignee.value === null ? {} : { assignedTo: assignee.value }),
      completed: false,
    }
  }

  function clear(): void {
    draft.task = emptyTaskDraft()
  }

  return { assignee, input, clear }
}
