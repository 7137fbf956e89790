import { fromWallClock, toWallClock } from '../../shared/due-presets.ts'
import type { Task, TaskInput } from '../../shared/task-contract.ts'
import type { TaskForm } from '../stores/edits-store.ts'

export function taskFormOf({ title, dueDate, assignedTo }: Task, timezone: string): TaskForm {
  return { title, due: toWallClock(dueDate ?? new Date().toISOString(), timezone), assignedTo }
}

/** The task whole, as the form has it now; null while something is missing. */
export function taskInputOf(
  { title, due, assignedTo }: TaskForm,
  { body, completed }: Task,
  timezone: string,
): TaskInput | null {
  const dueDate = fromWallClock(due, timezone)
  if (!title.trim() || dueDate === null) return null
  return { title: title.trim(), body, dueDate, assignedTo, completed }
}
