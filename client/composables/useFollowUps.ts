import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import type { Task, TaskInput } from '../../shared/task-contract.ts'
import { useApi } from '../api/endpoints.ts'
import { contactTexts } from '../contact-texts.ts'
import { useLiveStore } from '../stores/live-store.ts'
import { useTicksStore } from '../stores/ticks-store.ts'
import { useTurnsStore } from '../stores/turns-store.ts'
import { tasksQueryKey } from './query-keys.ts'
import { useContactCache } from './useContactCache.ts'
import { useContactFailure } from './useContactFailure.ts'
import { useContactScope } from './useContactScope.ts'

const dueMs = (task: Task) => (task.dueDate === null ? Infinity : Date.parse(task.dueDate))

/**
 * Open ones first, the most urgent on top; done ones by their due date, the latest on top.
 * @param isDone what counts as done
 */
export function sortTasks(tasks: readonly Task[], isDone = (task: Task) => task.completed): Task[] {
  return [...tasks].sort((a, b) => {
    if (isDone(a) !== isDone(b)) return isDone(a) ? 1 : -1
    if (dueMs(a) === dueMs(b)) return a.title.localeCompare(b.title)
    return (dueMs(a) < dueMs(b) ? -1 : 1) * (isDone(a) ? -1 : 1)
  })
}

const words = contactTexts.tasks
const changeWords = { failed: words.changeFailed, unsure: words.changeUnsure }

/** Follow-up tasks of the open contact. */
export function useFollowUps() {
  const { contactId } = useContactScope()
  const api = useApi()
  const cache = useContactCache(contactId)
  const live = useLiveStore()
  const { failure, attempt, attemptOrTell, dismiss } = useContactFailure()
  const ticks = useTicksStore().all()
  const { inTurn } = useTurnsStore()
  /** By the task's id, of those ticked here: whether it was done when the contact was opened; it keeps its place. */
  const places = new Map<string, boolean>()
  const query = useQuery({
    key: tasksQueryKey(contactId),
    query: async () => (await api.listTasks(contactId)).tasks,
  })

  function withTick(task: Task): Task {
    const tick = ticks.get(task.id)
    return tick ? { ...task, ...tick } : task
  }

  const add = (input: TaskInput) =>
    attempt(words.addFailed, async () => cache.upsertTask((await api.createTask(contactId, input)).task))

  const update = (taskId: string, input: TaskInput) =>
    attemptOrTell(changeWords, () =>
      inTurn(taskId, async () => cache.upsertTask((await api.updateTask(contactId, taskId, input)).task)),
    )

  /** Shown as done at once; what the CRM confirmed last shows again if it refuses. One ticked since counts instead. */
  async function complete({ id, completed: before }: Task, completed: boolean): Promise<void> {
    const tick = { completed }
    const isLast = () => ticks.get(id) === tick
    async function send(): Promise<void> {
      try {
        if (isLast()) cache.upsertTask((await api.completeTask(contactId, id, completed)).task)
      } catch (thrown) {
        if (isLast()) throw thrown
      }
    }
    if (!places.has(id)) places.set(id, before)
    ticks.set(id, tick)
    await live.hold(() => attemptOrTell(changeWords, () => inTurn(id, send)))
    if (isLast()) ticks.delete(id)
  }

  const remove = (taskId: string) =>
    attemptOrTell({ failed: words.deleteFailed, unsure: words.deleteUnsure }, () =>
      inTurn(taskId, async () => {
        await api.deleteTask(contactId, taskId)
        cache.dropTask(taskId)
      }),
    )

  return {
    query,
    tasks: computed(() =>
      sortTasks((query.data.value ?? []).map(withTick), ({ id, completed }) => places.get(id) ?? completed),
    ),
    failure,
    dismiss,
    add,
    update,
    complete,
    remove,
  }
}
