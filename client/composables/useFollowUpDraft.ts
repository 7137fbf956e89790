import { computed } from 'vue'
import { dueInstant, fromWallClock } from '../../shared/due-presets.ts'
import type { TaskInput } from '../../shared/task-contract.ts'
import { type Draft, emptyTaskDraft } from '../stores/drafts-store.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { useContactScope } from './useContactScope.ts'
import { useUserPicker } from './usePickers.ts'

/** When a draft is due (ISO 8601); null where a date by hand is none. */
export function dueOf(task: Draft['task'], nowMs: number, timezone: string): string | null {
  if (task.due !== 'custom') return dueInstant(task.due, nowMs, timezone)
  return fromWallClock(task.customDue, timezone)
}

/** Whether a follow-up is wanted and nobody knows for when. */
export function lacksDate({ title, due, customDue }: Draft['task']): boolean {
  return title.trim() !== '' && due === 'custom' && fromWallClock(customDue, 'UTC') === null
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

  /** Null where it has no title or no date yet. */
  function input(): TaskInput | null {
    const title = draft.task.title.trim()
    const dueDate = dueOf(draft.task, now(), session.timezone)
    if (!title || dueDate === null) return null
    return {
      title,
      dueDate,
      ...(assignee.value === null ? {} : { assignedTo: assignee.value }),
      completed: false,
    }
  }

  /** Whether the form says what was sent at that time; a preset may mean another day by now. */
  function isStill(sent: TaskInput, sentAtMs: number): boolean {
    const { title, assignedTo } = draft.task
    const isSameAssignee = assignedTo === undefined || assignedTo === (sent.assignedTo ?? null)
    const dueDate = dueOf(draft.task, sentAtMs, session.timezone)
    return title.trim() === sent.title && dueDate === sent.dueDate && isSameAssignee
  }

  /** Empties the form; where a day or an assignee was chosen since, they are for the next. */
  function added(sent: TaskInput, sentAtMs: number): void {
    if (isStill(sent, sentAtMs)) draft.task = emptyTaskDraft()
    else if (draft.task.title.trim() === sent.title) draft.task.title = ''
  }

  return { assignee, input, added }
}
